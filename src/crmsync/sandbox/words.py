"""The words that made-up companies are made of: pairs of (as people write it, in a domain)."""

from __future__ import annotations

from typing import Final, NamedTuple

_FIRST: Final = [
    "Alpine",
    "Amber",
    "Arctic",
    "Atlas",
    "Aurora",
    "Baltic",
    "Beacon",
    "Birch",
    "Blue",
    "Bright",
    "Bronze",
    "Cedar",
    "Central",
    "Clear",
    "Cobalt",
    "Coral",
    "Crown",
    "Crystal",
    "Delta",
    "Echo",
    "Ember",
    "Evergreen",
    "Falcon",
    "First",
    "Fjord",
    "Forest",
    "Garnet",
    "Global",
    "Golden",
    "Granite",
    "Green",
    "Harbor",
    "Highland",
    "Horizon",
    "Indigo",
    "Iron",
    "Ivory",
    "Jade",
    "Juniper",
    "Keystone",
    "Lakeside",
    "Lunar",
    "Maple",
    "Meridian",
    "Noble",
    "Northern",
    "Olive",
    "Onyx",
    "Pacific",
]
_LAST: Final = [
    "Analytics",
    "Apparel",
    "Aviation",
    "Bakery",
    "Biotech",
    "Books",
    "Brewing",
    "Capital",
    "Ceramics",
    "Chemicals",
    "Clinics",
    "Cloud",
    "Coffee",
    "Consulting",
    "Controls",
    "Cycles",
    "Dairy",
    "Data",
    "Design",
    "Diagnostics",
    "Dynamics",
    "Electric",
    "Energy",
    "Engineering",
    "Estates",
    "Fabrics",
    "Farms",
    "Films",
    "Finance",
    "Foods",
    "Freight",
    "Furniture",
    "Games",
    "Gardens",
    "Glass",
    "Health",
    "Homes",
    "Hotels",
    "Imaging",
    "Instruments",
    "Insurance",
    "Labs",
    "Legal",
    "Lighting",
    "Logistics",
    "Marine",
    "Materials",
    "Media",
    "Metals",
    "Mobility",
    "Motors",
    "Networks",
    "Optics",
    "Packaging",
    "Paper",
    "Partners",
    "Pharma",
    "Plastics",
    "Robotics",
    "Security",
    "Software",
    "Solar",
    "Studios",
    "Systems",
]
_INTERNATIONAL: Final = (
    ("Ångström", "angstroem"), ("Łódź", "lodz"), ("São Paulo", "saopaulo"), ("Müller", "mueller"),
    ("Çelik", "celik"), ("Étoile", "etoile"), ("Šibenik", "sibenik"), ("Ñandú", "nandu"),
    ("東京", "tokyo"), ("서울", "seoul"), ("Сибирь", "sibir"), ("Αθήνα", "athina"),
    ("القاهرة", "cairo"), ("हिमालय", "himalaya"), ("Đà Nẵng", "danang"),
)  # fmt: skip
FIRST: Final = (*((word, word.lower()) for word in _FIRST), *_INTERNATIONAL)
LAST: Final = tuple((word, word.lower()) for word in _LAST)


class Place(NamedTuple):
    """Where a company is."""

    city: str
    state: str
    country: str
    zip: str
    calling_code: str
    top_level: str
    legal_form: str
    time_zone: str


PLACES: Final = tuple(
    Place(*row.split("|"))
    for row in (
        "Cambridge|Massachusetts|United States|02139|+1 617|com|Inc.|america_slash_new_york",
        "Austin|Texas|United States|78701|+1 512|com|LLC|america_slash_chicago",
        "Denver|Colorado|US|80202|+1 720|io|Inc.|america_slash_denver",
        "San José|California|United States|95113|+1 408|com|Corp.|america_slash_los_angeles",
        "Toronto|Ontario|Canada|M5V 2T6|+1 416|ca|Ltd.|america_slash_toronto",
        "London|England|United Kingdom|EC1A 1BB|+44 20|co.uk|Ltd|europe_slash_london",
        "Leeds|England|UK|LS1 4DY|+44 113|co.uk|plc|europe_slash_london",
        "München|Bayern|Germany|80331|+49 89|de|GmbH|europe_slash_berlin",
        "Köln|Nordrhein-Westfalen|Deutschland|50667|+49 221|de|GmbH & Co. KG|europe_slash_berlin",
        "Stockholm|Stockholms län|Sweden|111 20|+46 8|se|AB|europe_slash_stockholm",
        "Malmö|Skåne län|SVERIGE|211 20|+46 40|se|AB|europe_slash_stockholm",
        "Århus|Midtjylland|Denmark|8000|+45 86|dk|A/S|europe_slash_copenhagen",
        "Paris|Île-de-France|France|75001|+33 1|fr|SARL|europe_slash_paris",
        "Milano|Lombardia|Italy|20121|+39 02|it|S.p.A.|europe_slash_rome",
        "A Coruña|Galicia|Spain|15003|+34 981|es|S.L.|europe_slash_madrid",
        "Łódź|Łódzkie|Poland|90-001|+48 42|pl|Sp. z o.o.|europe_slash_warsaw",
        "Zürich|Zürich|Switzerland|8001|+41 44|ch|AG|europe_slash_zurich",
        "São Paulo|SP|Brazil|01310-100|+55 11|com.br|Ltda|america_slash_sao_paulo",
        "東京|東京都|Japan|100-0001|+81 3|jp|株式会社|asia_slash_tokyo",
        "서울|서울특별시|South Korea|04524|+82 2|kr|주식회사|asia_slash_seoul",
        "Tel Aviv||Israel|6100000|+972 3|co|Ltd.|asia_slash_jerusalem",
        "Sydney|NSW|Australia|2000|+61 2|com.au|Pty Ltd|australia_slash_sydney",
        "Singapore||Singapore|048616|+65 6|io|Pte. Ltd.|asia_slash_singapore",
        "Bengaluru|Karnataka|India|560001|+91 80|in|Pvt. Ltd.|asia_slash_kolkata",
    )
)

STREETS: Final = (
    "First Street", "Market Street", "Hauptstraße", "Storgatan", "Rue de la Paix", "Via Roma",
    "Calle Mayor", "High Street", "King's Road", "Bahnhofstrasse", "Avenida Paulista",
    "Orchard Road", "ulica Piotrkowska", "Harbour View", "Kungsgatan", "Mill Lane",
)  # fmt: skip
INDUSTRIES: Final = (
    "COMPUTER_SOFTWARE", "INFORMATION_TECHNOLOGY_AND_SERVICES", "FINANCIAL_SERVICES", "RETAIL",
    "HOSPITAL_HEALTH_CARE", "MARKETING_AND_ADVERTISING", "MACHINERY", "CONSTRUCTION",
    "LOGISTICS_AND_SUPPLY_CHAIN", "FOOD_BEVERAGES", "EDUCATION_MANAGEMENT", "TELECOMMUNICATIONS",
    "RENEWABLES_ENVIRONMENT", "BIOTECHNOLOGY", "INSURANCE", "AUTOMOTIVE",
)  # fmt: skip
STAGES: Final = (
    "subscriber", "lead", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
    "customer", "customer", "customer", "customer", "evangelist", "other",
)  # fmt: skip
TYPES: Final = ("PROSPECT", "PARTNER", "RESELLER", "VENDOR", "OTHER")
LEAD_STATUSES: Final = ("NEW", "OPEN", "IN_PROGRESS", "OPEN_DEAL", "CONNECTED", "BAD_TIMING")
ORIGINS: Final = ("ORGANIC_SEARCH", "DIRECT_TRAFFIC", "REFERRALS", "PAID_SEARCH", "OFFLINE")
TIERS: Final = ("strategic", "enterprise", "mid_market", "smb")
OBJECT_SOURCES: Final = ("CRM_UI", "IMPORT", "INTEGRATION", "CONTACTS")
WEB_TECHNOLOGIES: Final = (
    "google_analytics;google_tag_manager;hubspot",
    "wordpress;mysql;nginx;google_analytics",
    "shopify;klaviyo;facebook_advertiser",
    "react;amazon__cloudfront;segment;intercom;amazon_web_services",
)

OPENINGS: Final = (
    "{name} makes {what} for customers in {country} and its neighbours.",
    "From {city}, {name} has served makers of {what} since {year}.",
    "Founded in {year}, {name} is a family-owned supplier of {what}.",
    "{name}, {what} from {city}, delivered “on time, every time”.",
)
GOODS: Final = (
    "precision instruments", "subscription software", "fresh food", "office furniture",
    "solar panels", "medical imaging", "e-bikes", "industrial glass", "payment services",
    "freight forwarding", "learning materials", "city hotels",
)  # fmt: skip
CLOSINGS: Final = (
    (
        "Its teams in sales, service and engineering work in five languages, and most orders come "
        "from long-standing accounts that renew every year."
    ),
    (
        "The company runs its own warehouse and a small research group; a second site is planned "
        "for next year, with fifty new jobs."
    ),
    (
        "Recent projects include a new customer portal, a carbon report and the move of all "
        "billing to one platform."
    ),
    "Customers value short delivery times & fair prices; 97 % would recommend it to a colleague.",
)
