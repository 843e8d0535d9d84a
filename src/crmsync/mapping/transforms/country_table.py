"""The countries of ISO 3166-1, by code, with the names people use for them.

Own compilation. A row is: alpha-2, alpha-3, the name sent, then other spellings between bars.
Names are the common English ones ("South Korea"), not the formal ones. A spelling that fits
several countries ("Korea", "Congo") is in no row. Spellings are compared without case, accents
and full stops. The parts of the United Kingdom count as the United Kingdom.
"""

from __future__ import annotations

from typing import Final

TABLE: Final = """
AD AND Andorra
AE ARE United Arab Emirates|UAE|Emirates|Vereinigte Arabische Emirate|Emirats arabes unis
AF AFG Afghanistan
AG ATG Antigua and Barbuda
AI AIA Anguilla
AL ALB Albania|Shqipëria|Albanien|Albanie
AM ARM Armenia|Hayastan|Armenien|Arménie
AO AGO Angola
AQ ATA Antarctica
AR ARG Argentina|Argentinien|Argentine|Argentine Republic
AS ASM American Samoa
AT AUT Austria|Österreich|Oesterreich|Autriche|Republic of Austria|Österrike|Oostenrijk
AU AUS Australia|Australien|Australie|Commonwealth of Australia
AW ABW Aruba
AX ALA Åland Islands|Åland|Ahvenanmaa
AZ AZE Azerbaijan|Azərbaycan
BA BIH Bosnia and Herzegovina|Bosnia|Bosna i Hercegovina|Bosnia & Herzegovina
BB BRB Barbados
BD BGD Bangladesh
BE BEL Belgium|België|Belgique|Belgien|Belgio|Bélgica|Kingdom of Belgium
BF BFA Burkina Faso
BG BGR Bulgaria|България|Bulgarien|Bulgarie
BH BHR Bahrain|Bahrein
BI BDI Burundi
BJ BEN Benin
BL BLM Saint Barthélemy|St. Barts
BM BMU Bermuda
BN BRN Brunei|Brunei Darussalam
BO BOL Bolivia|Bolivia, Plurinational State of|Plurinational State of Bolivia
BQ BES Caribbean Netherlands|Bonaire, Sint Eustatius and Saba|Bonaire
BR BRA Brazil|Brasil|Brasilien|Brésil|Brasile|Federative Republic of Brazil
BS BHS Bahamas|The Bahamas
BT BTN Bhutan
BV BVT Bouvet Island
BW BWA Botswana
BY BLR Belarus|Беларусь|Weissrussland|Weißrussland
BZ BLZ Belize
CA CAN Canada|Kanada|Canadá
CC CCK Cocos (Keeling) Islands|Cocos Islands
CD COD Democratic Republic of the Congo|DR Congo|DRC|Congo-Kinshasa|\
Congo, Democratic Republic of the
CF CAF Central African Republic
CG COG Republic of the Congo|Congo-Brazzaville
CH CHE Switzerland|Schweiz|Suisse|Svizzera|Svizra|Suiza|Swiss Confederation|Zwitserland
CI CIV Côte d'Ivoire|Ivory Coast|Elfenbeinküste
CK COK Cook Islands
CL CHL Chile|Chili
CM CMR Cameroon|Cameroun|Kamerun
CN CHN China|中国|People's Republic of China|PRC|P.R. China|PR China|Mainland China|Kina|Chine
CO COL Colombia|Kolumbien|Colombie
CR CRI Costa Rica
CU CUB Cuba|Kuba
CV CPV Cape Verde|Cabo Verde
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus|Κύπρος|Zypern|Chypre|Cypern
CZ CZE Czechia|Czech Republic|Česko|Česká republika|Tschechien|Tjeckien|République tchèque
DE DEU Germany|Deutschland|Allemagne|Germania|Alemania|Tyskland|Duitsland|Alemanha|BRD|GER
DJ DJI Djibouti
DK DNK Denmark|Danmark|Dänemark|Danemark|Danimarca|Dinamarca|Kingdom of Denmark
DM DMA Dominica
DO DOM Dominican Republic|República Dominicana
DZ DZA Algeria|Algérie|Algerien
EC ECU Ecuador
EE EST Estonia|Eesti|Estland|Estonie
EG EGY Egypt|مصر|Ägypten|Égypte|Egypten|Arab Republic of Egypt
EH ESH Western Sahara
ER ERI Eritrea
ES ESP Spain|España|Spanien|Espagne|Spagna|Espanha|Spanje|Kingdom of Spain
ET ETH Ethiopia|Äthiopien|Etiopien
FI FIN Finland|Suomi|Finnland|Finlande|Finlandia|Republic of Finland
FJ FJI Fiji
FK FLK Falkland Islands|Falkland Islands (Malvinas)|Malvinas
FM FSM Micronesia|Federated States of Micronesia|Micronesia, Federated States of
FO FRO Faroe Islands|Føroyar|Færøerne|Färöarna
FR FRA France|Frankreich|Francia|Frankrike|França|Frankrijk|French Republic|République française
GA GAB Gabon
GB GBR United Kingdom|UK|Great Britain|Britain|England|Scotland|Wales|Northern Ireland|\
Storbritannien|Grossbritannien|Großbritannien|\
Royaume-Uni|Reino Unido|Regno Unito|Vereinigtes Königreich|\
United Kingdom of Great Britain and Northern Ireland|The United Kingdom|Verenigd Koninkrijk
GD GRD Grenada
GE GEO Georgia|საქართველო|Georgien|Sakartvelo
GF GUF French Guiana|Guyane
GG GGY Guernsey
GH GHA Ghana
GI GIB Gibraltar
GL GRL Greenland|Kalaallit Nunaat|Grønland|Grönland
GM GMB Gambia|The Gambia
GN GIN Guinea
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea
GR GRC Greece|Ελλάδα|Hellas|Griechenland|Grèce|Grecia|Grekland|Hellenic Republic
GS SGS South Georgia and the South Sandwich Islands|South Georgia
GT GTM Guatemala
GU GUM Guam
GW GNB Guinea-Bissau
GY GUY Guyana
HK HKG Hong Kong|Hongkong|香港|Hong Kong SAR|Hong Kong SAR China
HM HMD Heard Island and McDonald Islands
HN HND Honduras
HR HRV Croatia|Hrvatska|Kroatien|Croatie|Croazia
HT HTI Haiti|Haïti
HU HUN Hungary|Magyarország|Ungarn|Hongrie|Ungern|Ungheria|Hungría
ID IDN Indonesia|Indonesien|Indonésie
IE IRL Ireland|Éire|Republic of Ireland|Irland|Irlande|Irlanda|Ierland
IL ISR Israel|ישראל|Israël
IM IMN Isle of Man
IN IND India|Bharat|भारत|Indien|Inde|Republic of India
IO IOT British Indian Ocean Territory
IQ IRQ Iraq|Irak
IR IRN Iran|Iran, Islamic Republic of|Islamic Republic of Iran
IS ISL Iceland|Ísland|Island|Islande
IT ITA Italy|Italia|Italien|Italie|Itália|Italian Republic
JE JEY Jersey
JM JAM Jamaica
JO JOR Jordan|Jordanien|Jordanie
JP JPN Japan|日本|Nippon|Nihon|Japon|Giappone|Japão|Japón
KE KEN Kenya|Kenia
KG KGZ Kyrgyzstan|Kyrgyz Republic
KH KHM Cambodia|Kambodscha|Cambodge|Kambodja
KI KIR Kiribati
KM COM Comoros
KN KNA Saint Kitts and Nevis|St. Kitts and Nevis
KP PRK North Korea|DPRK|Korea, Democratic People's Republic of|Nordkorea|\
Democratic People's Republic of Korea
KR KOR South Korea|Korea, Republic of|Republic of Korea|대한민국|한국|Südkorea|Sydkorea|\
Corée du Sud|Korea, South|Korea (South)
KW KWT Kuwait
KY CYM Cayman Islands
KZ KAZ Kazakhstan|Қазақстан|Казахстан|Kasachstan
LA LAO Laos|Lao People's Democratic Republic|Lao PDR
LB LBN Lebanon|Liban|Libanon
LC LCA Saint Lucia|St. Lucia
LI LIE Liechtenstein
LK LKA Sri Lanka
LR LBR Liberia
LS LSO Lesotho
LT LTU Lithuania|Lietuva|Litauen|Lituanie
LU LUX Luxembourg|Luxemburg|Lëtzebuerg|Lussemburgo
LV LVA Latvia|Latvija|Lettland|Lettonie
LY LBY Libya|Libyen
MA MAR Morocco|Maroc|Marokko|Marruecos|Marocko|المغرب
MC MCO Monaco
MD MDA Moldova|Moldova, Republic of|Republic of Moldova
ME MNE Montenegro|Crna Gora
MF MAF Saint Martin|Saint Martin (French part)|St. Martin
MG MDG Madagascar
MH MHL Marshall Islands
MK MKD North Macedonia|Macedonia|Северна Македонија|FYROM|Macedonia, the former Yugoslav Republic of
ML MLI Mali
MM MMR Myanmar|Burma
MN MNG Mongolia
MO MAC Macao|Macau|澳門|Macao SAR
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania
MS MSR Montserrat
MT MLT Malta|Malte
MU MUS Mauritius|Maurice
MV MDV Maldives|Malediven
MW MWI Malawi
MX MEX Mexico|México|Mexiko|Mexique|Messico|United Mexican States
MY MYS Malaysia|Malaisie
MZ MOZ Mozambique|Moçambique
NA NAM Namibia
NC NCL New Caledonia|Nouvelle-Calédonie
NE NER Niger
NF NFK Norfolk Island
NG NGA Nigeria|Nigéria
NI NIC Nicaragua
NL NLD Netherlands|The Netherlands|Nederland|Holland|Niederlande|Pays-Bas|Paesi Bassi|Países Bajos|\
Nederländerna|Kingdom of the Netherlands
NO NOR Norway|Norge|Noreg|Norwegen|Norvège|Norvegia|Noruega|Noorwegen|Kingdom of Norway
NP NPL Nepal
NR NRU Nauru
NU NIU Niue
NZ NZL New Zealand|Aotearoa|Neuseeland|Nouvelle-Zélande|Nya Zeeland
OM OMN Oman
PA PAN Panama|Panamá
PE PER Peru|Perú|Pérou
PF PYF French Polynesia|Polynésie française
PG PNG Papua New Guinea
PH PHL Philippines|Pilipinas|The Philippines|Philippinen|Filippinerna
PK PAK Pakistan
PL POL Poland|Polska|Polen|Pologne|Polonia|Republic of Poland
PM SPM Saint Pierre and Miquelon
PN PCN Pitcairn|Pitcairn Islands
PR PRI Puerto Rico
PS PSE Palestine|Palestine, State of|State of Palestine|Palestinian Territories
PT PRT Portugal|Portogallo|Portuguese Republic
PW PLW Palau
PY PRY Paraguay
QA QAT Qatar|Katar
RE REU Réunion|La Réunion
RO ROU Romania|România|Rumänien|Roumanie
RS SRB Serbia|Srbija|Србија|Serbien|Serbie
RU RUS Russia|Россия|Russian Federation|Russland|Russie|Ryssland|Rusia|Российская Федерация
RW RWA Rwanda
SA SAU Saudi Arabia|KSA|Saudi-Arabien|Arabie saoudite|Kingdom of Saudi Arabia|Saudiarabien
SB SLB Solomon Islands
SC SYC Seychelles
SD SDN Sudan
SE SWE Sweden|Sverige|Schweden|Suède|Svezia|Suecia|Suécia|Ruotsi|Zweden|Kingdom of Sweden
SG SGP Singapore|Singapur|Singapour|新加坡|Republic of Singapore
SH SHN Saint Helena, Ascension and Tristan da Cunha|Saint Helena|St. Helena
SI SVN Slovenia|Slovenija|Slowenien|Slovénie|Slovenien
SJ SJM Svalbard and Jan Mayen
SK SVK Slovakia|Slovensko|Slovak Republic|Slowakei|Slovaquie|Slovakien
SL SLE Sierra Leone
SM SMR San Marino
SN SEN Senegal|Sénégal
SO SOM Somalia
SR SUR Suriname|Surinam
SS SSD South Sudan
ST STP São Tomé and Príncipe
SV SLV El Salvador
SX SXM Sint Maarten|Sint Maarten (Dutch part)
SY SYR Syria|Syrian Arab Republic|Syrien
SZ SWZ Eswatini|Swaziland
TC TCA Turks and Caicos Islands
TD TCD Chad|Tchad
TF ATF French Southern Territories
TG TGO Togo
TH THA Thailand|ประเทศไทย|Thaïlande
TJ TJK Tajikistan
TK TKL Tokelau
TL TLS Timor-Leste|East Timor
TM TKM Turkmenistan
TN TUN Tunisia|Tunisie|Tunesien|تونس
TO TON Tonga
TR TUR Türkiye|Turkey|Türkei|Turquie|Turkiet|Turquía|Turkije|Turchia
TT TTO Trinidad and Tobago|Trinidad & Tobago
TV TUV Tuvalu
TW TWN Taiwan|Taiwan, Province of China|台灣|臺灣|Taiwan, ROC
TZ TZA Tanzania|Tanzania, United Republic of|United Republic of Tanzania
UA UKR Ukraine|Україна|Ukraina
UG UGA Uganda
UM UMI United States Minor Outlying Islands
US USA United States|United States of America|The United States|The United States of America|\
America|Estados Unidos|États-Unis|Stati Uniti|Vereinigte Staaten|Vereinigte Staaten von Amerika|\
Förenta staterna|Verenigde Staten|EE.UU.|U S A
UY URY Uruguay
UZ UZB Uzbekistan|O\u02bbzbekiston|Usbekistan
VA VAT Vatican City|Holy See|Holy See (Vatican City State)|Vatican
VC VCT Saint Vincent and the Grenadines|St. Vincent and the Grenadines
VE VEN Venezuela|Venezuela, Bolivarian Republic of
VG VGB British Virgin Islands|Virgin Islands, British
VI VIR U.S. Virgin Islands|US Virgin Islands|Virgin Islands, U.S.
VN VNM Vietnam|Viet Nam|Việt Nam
VU VUT Vanuatu
WF WLF Wallis and Futuna
WS WSM Samoa
YE YEM Yemen|Jemen
YT MYT Mayotte
ZA ZAF South Africa|RSA|Südafrika|Afrique du Sud|Sydafrika|Suid-Afrika|Republic of South Africa
ZM ZMB Zambia
ZW ZWE Zimbabwe
"""
