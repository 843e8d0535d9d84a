from __future__ import annotations

import pytest

DEALS = "/crm/objects/2026-09/deals"
READ = "/crm/associations/2026-09/deals/companies/batch/read"
PLAIN = {"category": "HUBSPOT_DEFINED", "typeId": 341, "label": None}
PRIMARY = {"category": "HUBSPOT_DEFINED", "typeId": 5, "label": "Primary"}


def deal_ids(client, count):
    return [record["id"] for record in client.everyone(DEALS)[:count]]


def company_ids(client, count):
    return [record["id"] for record in client.everyone()[:count]]


def associate(client, deal, companies, **more):
    body = {"from": "deals", "to": "companies", "id": deal, "companies": companies, **more}
    client.control("/hubspot/deals/associate", body)


def read(client, *ids, path=READ, **more):
    return client.post(path, {"inputs": [{"id": one, **more} for one in ids]})


def targets(client, deal, **given):
    (result,) = read(client, deal, **given).json()["results"]
    return [target["toObjectId"] for target in result["to"]]


@pytest.mark.parametrize(
    "path",
    [READ, "/crm/associations/2026-03/0-3/0-2/batch/read",
     "/crm/v4/associations/deal/company/batch/read"],
)  # fmt: skip
def test_targets_have_numeric_ids_and_types(dealing, path):
    (deal,), (company,) = deal_ids(dealing, 1), company_ids(dealing, 1)
    associate(dealing, deal, [company])
    answer = read(dealing, deal, path=path)
    (result,) = answer.json()["results"]
    assert answer.status_code == 200
    assert result["from"] == {"id": deal}
    (target,) = result["to"]
    assert target["toObjectId"] == int(company)
    assert sorted(target["associationTypes"], key=str) == sorted([PLAIN, PRIMARY], key=str)


def test_one_of_several_companies_is_primary(dealing):
    (deal,), companies = deal_ids(dealing, 1), company_ids(dealing, 3)
    associate(dealing, deal, companies, primary=companies[1])
    (result,) = read(dealing, deal).json()["results"]
    primary = [to["toObjectId"] for to in result["to"] if PRIMARY in to["associationTypes"]]
    assert [to["toObjectId"] for to in result["to"]] == [int(one) for one in companies]
    assert primary == [int(companies[1])]


def test_some_pairs_have_a_label_of_the_portals_own(dealing):
    results = read(dealing, *deal_ids(dealing, 400)).json()["results"]
    types = [kind for one in results for to in one["to"] for kind in to["associationTypes"]]
    own = [kind for kind in types if kind["category"] == "USER_DEFINED"]
    assert 0 < len(own) < len(results) / 4
    assert own[0] == {"category": "USER_DEFINED", "typeId": 27, "label": "Reseller"}


def test_deals_without_a_company_are_named_in_errors(dealing):
    one, other = deal_ids(dealing, 2)
    associate(dealing, one, [])
    associate(dealing, other, company_ids(dealing, 1))
    answer = read(dealing, one, other, "77")
    body = answer.json()
    assert answer.status_code == 207
    assert [result["from"]["id"] for result in body["results"]] == [other]
    assert body["numErrors"] == 2
    assert [error["context"]["fromObjectId"] for error in body["errors"]] == [[one], ["77"]]
    assert {error["category"] for error in body["errors"]} == {"OBJECT_NOT_FOUND"}
    assert {error["subCategory"] for error in body["errors"]} == {
        "crm.associations.NO_ASSOCIATIONS_FOUND"
    }


def test_errors_can_come_with_status_200(serving):
    client = serving(deals=5, association_errors="200")
    answer = read(client, "77")
    assert (answer.status_code, len(answer.json()["errors"])) == (200, 1)


def test_a_page_of_targets_is_followed_by_another(serving):
    client = serving(deals=5, association_page=3)
    (deal,), companies = deal_ids(client, 1), company_ids(client, 8)
    associate(client, deal, companies)
    found: list[list[str]] = []
    more: dict[str, str] = {}
    while True:
        (result,) = read(client, deal, **more).json()["results"]
        found.append([str(to["toObjectId"]) for to in result["to"]])
        if "paging" not in result:
            break
        more = {"after": result["paging"]["next"]["after"]}
    assert found == [companies[:3], companies[3:6], companies[6:]]


def test_500_targets_are_a_page(serving):
    client = serving(deals=1, companies=501)
    (deal,) = deal_ids(client, 1)
    associate(client, deal, company_ids(client, 501))
    (result,) = read(client, deal).json()["results"]
    assert len(result["to"]) == 500
    assert len(targets(client, deal, after=result["paging"]["next"]["after"])) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"inputs": [{"id": str(n)} for n in range(1001)]}, 400),
        ({"inputs": [{"id": str(n)} for n in range(1000)]}, 207),
        ({"inputs": [{"id": 5}]}, 400),
        ({"inputs": ["5"]}, 400),
        ({}, 400),
        ({"inputs": [{"id": "5", "after": "x"}]}, 400),
    ],
    ids=["1,001", "1,000", "number as id", "bare id", "nothing", "after that is none"],
)
def test_bad_inputs_are_refused(dealing, body, status):
    assert dealing.post(READ, body).status_code == status


def test_unknown_objects_are_refused_and_contacts_are_never_associated(dealing):
    path = "/crm/associations/2026-09/deals/{}/batch/read"
    (deal,) = deal_ids(dealing, 1)
    assert read(dealing, deal, path=path.format("things")).status_code == 400
    assert read(dealing, deal, path=path.format("contacts")).json()["results"] == []


def test_an_input_given_twice_is_answered_once(dealing):
    (deal,) = deal_ids(dealing, 1)
    associate(dealing, deal, company_ids(dealing, 1))
    assert len(read(dealing, deal, deal).json()["results"]) == 1


def test_companies_have_the_deals_that_have_them(dealing):
    one, other = deal_ids(dealing, 2)
    company = dealing.control("/hubspot/create", {"count": 1})["ids"][0]
    associate(dealing, one, [company])
    associate(dealing, other, [company], primary=None)
    path = "/crm/associations/2026-09/companies/deals/batch/read"
    (result,) = read(dealing, company, path=path).json()["results"]
    types = {to["toObjectId"]: {t["typeId"] for t in to["associationTypes"]} for to in result["to"]}
    assert types == {int(one): {342, 6}, int(other): {342}}


def test_one_records_associations_are_paged_where_the_version_has_them(dealing):
    (deal,), companies = deal_ids(dealing, 1), company_ids(dealing, 3)
    associate(dealing, deal, companies)
    path = f"/crm/objects/2026-03/deals/{deal}/associations/companies"
    page = dealing.get(path, limit=2).json()
    rest = dealing.get(path.replace("objects/2026-03", "v4/objects"),
                       after=page["paging"]["next"]["after"]).json()  # fmt: skip
    found = [str(to["toObjectId"]) for to in page["results"] + rest["results"]]
    assert found == companies
    assert dealing.get(path.replace("2026-03", "2026-09")).status_code == 404


def test_both_objects_scopes_are_needed(serving):
    for lacked in ("crm.objects.deals.read", "crm.objects.companies.read"):
        body = read(serving(missing_scopes=(lacked,)), "1").json()
        assert body["errors"][0]["context"]["requiredGranularScopes"] == [lacked]


@pytest.mark.parametrize("asked", ["companies", "company", "0-2", "companies,nothings"])
def test_inline_associations_show_the_primary_company_twice(dealing, asked):
    (deal,), (one, other) = deal_ids(dealing, 1), company_ids(dealing, 2)
    associate(dealing, deal, [one, other], primary=other)
    record = dealing.get(f"{DEALS}/{deal}", associations=asked).json()
    listed = dealing.get(DEALS, limit=1, associations=asked).json()["results"][0]
    assert record["associations"]["companies"]["results"] == [
        {"id": one, "type": "deal_to_company_unlabeled"},
        {"id": other, "type": "deal_to_company"},
        {"id": other, "type": "deal_to_company_unlabeled"},
    ]
    assert listed["associations"] == record["associations"]


def test_records_without_any_have_no_inline_associations(dealing):
    (deal,) = deal_ids(dealing, 1)
    associate(dealing, deal, [])
    assert "associations" not in dealing.get(f"{DEALS}/{deal}", associations="companies").json()


def test_more_than_a_hundred_inline_associations_are_paged(dealing):
    (deal,), companies = deal_ids(dealing, 1), company_ids(dealing, 120)
    associate(dealing, deal, companies, primary=None)
    shown = dealing.get(DEALS, limit=1, associations="companies").json()["results"][0]
    nested = shown["associations"]["companies"]
    assert [one["id"] for one in nested["results"]] == companies[:100]
    assert nested["paging"]["next"]["after"] == companies[100]
    assert f"/deals/{deal}/associations/companies?after=" in nested["paging"]["next"]["link"]


def test_a_few_deals_have_more_than_a_hundred_companies(serving):
    client = serving(deals=2000)
    ids = deal_ids(client, 2000)
    results = [
        result for n in (0, 1000) for result in read(client, *ids[n : n + 1000]).json()["results"]
    ]
    assert 1 <= sum(len(result["to"]) > 100 for result in results) <= 15


def test_searches_filter_by_the_associated_company(dealing):
    one, other = deal_ids(dealing, 2)
    company = dealing.control("/hubspot/create", {"count": 1})["ids"][0]
    search = {"filters": [{"propertyName": "associations.company", "operator": "EQ",
                           "value": company}]}  # fmt: skip
    for deals in ([one], [one, other]):
        associate(dealing, deals[-1], [company])
        page = dealing.post(f"{DEALS}/search", {"filterGroups": [search]}).json()
        assert sorted(record["id"] for record in page["results"]) == deals


def test_archived_records_keep_their_associations_or_hide_them(serving):
    for option, shown in (("kept", True), ("hidden", False)):
        client = serving(deals=5, archived_associations=option)
        one, other = deal_ids(client, 2)
        gone, kept = company_ids(client, 2)
        associate(client, one, [gone])
        associate(client, other, [kept])
        client.control("/hubspot/archive", {"id": gone})
        client.control("/hubspot/deals/archive", {"id": other})
        found = {result["from"]["id"] for result in read(client, one, other).json()["results"]}
        assert found == ({one, other} if shown else set())
