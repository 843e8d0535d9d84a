"""What every source keeps to, as tests: subclass `SourceContract` and give the fixture `world`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from itertools import islice

import pytest

from crmsync.errors import FatalError
from crmsync.interfaces import Source
from crmsync.records import Page, Query
from crmsync.values import Value


class World(Value):
    """A CRM account with known records, for one test.

    Attributes:
        open: Opens a new source on it, with pages so small that *live* fills at least three.
        query: Reads the object from the start, joins included.
        live: Ids of all live records.
        gone: Ids of all archived or deleted records that the CRM still lists.
        change: Changes one live record.
        delete: Deletes or archives one live record; None where records cannot be deleted.
        merge: Merges the second of two live records into the first; None where they cannot.
        advance: Moves the CRM's clock by seconds; None where it has none.
        tells_changes: Whether it can say what changed since a read; else a later read gives
            everything, or nothing where nothing has changed.
    """

    open: Callable[[], Source]
    query: Query
    live: frozenset[str]
    gone: frozenset[str]
    change: Callable[[str], object]
    delete: Callable[[str], object] | None = None
    merge: Callable[[str, str], object] | None = None
    advance: Callable[[float], object] | None = None
    tells_changes: bool = True

    def pages(self, **changes: object) -> list[Page]:
        """Every page of the query with some attributes changed, by a source of its own."""
        with closing(self.open()) as source:
            return list(source.read(replace(self.query, **changes)))  # type: ignore[arg-type]  # as replace itself


def ids(pages: list[Page]) -> list[str]:
    """The ids of all records, in order."""
    return [record.id for page in pages for record in page.records]


class SourceContract:
    """The contract of `interfaces.Source.read`."""

    def test_a_full_read_gives_every_live_record_once(self, world: World) -> None:
        """Nothing is missing, nothing comes twice, nothing deleted comes unasked."""
        pages = world.pages()

        assert len(pages) >= len(["first", "middle", "last"])
        assert sorted(ids(pages)) == sorted(world.live)
        assert not any(record.deleted for page in pages for record in page.records)

    def test_the_last_page_alone_is_last(self, world: World) -> None:
        """The end is told once, and nothing follows."""
        *others, last = world.pages(deleted=True)

        assert last.last
        assert not any(page.last for page in others)

    def test_the_first_page_alone_has_the_total(self, world: World) -> None:
        """The count is the CRM's own, of the live records."""
        first, *others = world.pages(deleted=True)

        assert first.total in {None, len(world.live)}
        assert {page.total for page in others} == {None}

    def test_every_page_of_a_full_read_says_so_and_names_the_account(self, world: World) -> None:
        """Resumed pages too."""
        pages = world.pages(deleted=True)
        resumed = world.pages(deleted=True, cursor=pages[0].cursor)

        assert {page.full for page in pages + resumed} == {True}
        assert len({page.account for page in pages + resumed}) == 1

    def test_every_cursor_resumes_right_after_its_page(self, world: World) -> None:
        """A resumed read gives what was left, in the same order, and ends alike."""
        pages = world.pages(deleted=True)
        for number, page in enumerate(pages[:-1], start=1):
            rest = world.pages(deleted=True, cursor=page.cursor)

            assert ids(rest) == ids(pages[number:])
            assert rest[-1].cursor == pages[-1].cursor

    def test_a_resumed_read_counts_what_is_left(self, world: World) -> None:
        """The total goes with what this read can give, so that its books balance."""
        pages = world.pages()
        rest = world.pages(cursor=pages[0].cursor)

        assert rest[0].total in {None, len(ids(pages[1:]))}

    def test_deleted_records_come_after_the_live_ones(self, world: World) -> None:
        """Only where they are asked for, and marked."""
        records = [record for page in world.pages(deleted=True) for record in page.records]

        assert {record.id for record in records if record.deleted} == world.gone
        assert [record.deleted for record in records] == sorted(r.deleted for r in records)

    def test_a_limit_cuts_the_read(self, world: World) -> None:
        """Also in the middle of a page, and past the end."""
        for limit in (1, len(world.live) - 1, len(world.live), len(world.live) + 1):
            pages = world.pages(limit=limit)

            assert len(ids(pages)) == min(limit, len(world.live))
            assert pages[-1].last

    def test_ids_reads_those_alone(self, world: World) -> None:
        """Ids that are not there are left out."""
        wanted = sorted(world.live)[:2]

        assert sorted(ids(world.pages(ids=(*wanted, "999999999999")))) == wanted

    def test_ids_finds_deleted_records_when_asked(self, world: World) -> None:
        """And not otherwise."""
        wanted = (min(world.live), min(world.gone))

        assert ids(world.pages(ids=wanted)) == [min(world.live)]
        assert sorted(ids(world.pages(ids=wanted, deleted=True))) == sorted(wanted)

    def test_a_complete_read_is_followed_by_one_of_what_changed(self, world: World) -> None:
        """It is no full pass, and it holds the change."""
        cursor = world.pages()[-1].cursor
        world.change(max(world.live))
        pages = world.pages(cursor=cursor)

        assert max(world.live) in ids(pages)
        assert {page.full for page in pages} == {not world.tells_changes}
        assert (len(set(ids(pages))) < len(world.live)) is world.tells_changes

    def test_a_read_by_a_clock_that_was_ahead_loses_no_change(self, world: World) -> None:
        """What changes until that moment comes is found, if by a full pass."""
        if world.advance is None:
            pytest.skip("this source has no clock")
        world.advance(86_400)
        cursor = world.pages()[-1].cursor
        world.advance(-86_400)
        world.change(max(world.live))

        assert max(world.live) in ids(world.pages(cursor=cursor))

    def test_what_was_deleted_since_comes_as_deleted_or_is_missing_in_a_full_pass(
        self, world: World
    ) -> None:
        """Either way it is found."""
        if world.delete is None:
            pytest.skip("this source's records cannot be deleted")
        cursor = world.pages(deleted=True)[-1].cursor
        world.delete(max(world.live))

        self._is_gone(world, max(world.live), cursor)

    def test_what_was_merged_away_since_is_found(self, world: World) -> None:
        """As deleted, as named by its survivor, or as missing in a full pass."""
        if world.merge is None:
            pytest.skip("this source's records cannot be merged")
        cursor = world.pages(deleted=True)[-1].cursor
        world.merge(min(world.live), max(world.live))

        self._is_gone(world, max(world.live), cursor)

    @staticmethod
    def _is_gone(world: World, one: str, cursor: str) -> None:
        pages = world.pages(deleted=True, cursor=cursor)
        records = [record for page in pages for record in page.records]
        told = any(one in (*record.merged_ids, record.id * record.deleted) for record in records)

        assert told or pages[0].full
        assert one not in {record.id for record in records if not record.deleted}

    def test_an_unchanged_account_gives_one_empty_page(self, world: World) -> None:
        """With a cursor that goes on."""
        pages = world.pages(cursor=world.pages()[-1].cursor)

        assert ids(pages) == []
        assert [page.last for page in pages] == [True]
        assert ids(world.pages(cursor=pages[-1].cursor)) == []

    def test_a_read_of_more_paths_gives_the_same_records_and_cursors(self, world: World) -> None:
        """So syncs can share it; each goes on from any page by a read of fewer paths."""
        few = frozenset(sorted(world.query.paths)[:1])
        pages, narrow = world.pages(deleted=True), world.pages(deleted=True, paths=few)

        assert ids(narrow) == ids(pages)
        for number, page in enumerate(pages[:-1], start=1):
            rest = world.pages(deleted=True, paths=few, cursor=page.cursor)

            assert ids(rest) == ids(pages[number:])

    def test_reads_side_by_side_each_give_what_one_alone_gives(self, world: World) -> None:
        """Of one source, in threads of their own, from different places on."""
        alone = world.pages(deleted=True)
        cursors = (None, alone[0].cursor, None)
        with closing(world.open()) as source, ThreadPoolExecutor(len(cursors)) as pool:
            queries = [replace(world.query, deleted=True, cursor=cursor) for cursor in cursors]
            found = list(pool.map(lambda query: ids(list(source.read(query))), queries))

        assert found == [ids(alone), ids(alone[1:]), ids(alone)]

    def test_a_read_may_be_taken_over_by_another_thread(self, world: World) -> None:
        """One at a time: each page may be asked for in another one."""
        with closing(world.open()) as source:
            pages = source.read(world.query)
            found: list[Page] = []
            for _ in world.pages():
                with ThreadPoolExecutor(1) as pool:
                    found.append(pool.submit(next, pages).result())
            pages.close()  # type: ignore[attr-defined]  # the seam says that it is a generator

        assert sorted(ids(found)) == sorted(world.live)

    def test_closing_at_any_page_leaves_no_thread(self, world: World) -> None:
        """However far it has read ahead."""
        before = set(threading.enumerate())
        for taken in range(len(world.pages(deleted=True))):
            with closing(world.open()) as source:
                pages = source.read(replace(world.query, deleted=True))
                list(islice(pages, taken))
                pages.close()  # type: ignore[attr-defined]  # the seam says that it is a generator

            assert set(threading.enumerate()) <= before

    def test_fields_are_sorted_and_each_is_named_once(self, world: World) -> None:
        """People search in them."""
        with closing(world.open()) as source:
            names = [field.name for field in source.describe(world.query.object)]

        assert names == sorted(set(names))
        assert names

    def test_a_check_passes_and_names_a_path_that_is_not_there(self, world: World) -> None:
        """With what to do next."""
        wrong = replace(world.query, paths=world.query.paths | {"no_such_thing_at_all"})
        with closing(world.open()) as source:
            lines, faulty = list(source.check(world.query)), list(source.check(wrong))

        assert lines
        assert all(line.passed for line in lines)
        named = [line for line in faulty if "no_such_thing_at_all" in line.message]
        assert [line.passed for line in named] == [False]
        assert named[0].hint

    def test_a_cursor_of_another_kind_is_refused(self, world: World) -> None:
        """It never reads from the start in silence."""
        for cursor in ("", "full:0", '{"mode":"sideways"}', "[]"):
            with pytest.raises(FatalError) as caught:
                world.pages(cursor=cursor)

            assert "--full" in caught.value.hint
