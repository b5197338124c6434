"""What brings an account level, for any two sets of contacts."""

from hypothesis import given
from hypothesis import strategies as st

from crm_sync.google.levelling import Kept, believed, difference
from crm_sync.google.wire import There, content_of
from trunkline.phonebook.book import Place
from trunkline.phonebook.vcard import Known

UIDS = st.sampled_from("abcdef")
WANTED = st.dictionaries(UIDS, st.sampled_from(("Вера", "Иван", "Acme"))).map(
    lambda names: [Known(uid, name, "", "", ((Place.MOBILE, "+79161234567"),)) for uid, name in names.items()]
)
LISTED = st.lists(st.tuples(UIDS, st.integers(1, 9)), unique_by=lambda one: one[1]).map(
    lambda places: [There(uid, f"people/c{number}", f"{number:x}", f"#{number}") for uid, number in places]
)


@given(WANTED, WANTED)
def test_once_it_is_level_nothing_is_missing(before: list[Known], after: list[Known]) -> None:
    kept = {one.uid: Kept(There(one.uid, one.uid, one.uid, "#"), content_of(one)) for one in before}
    missing = difference(after, kept)
    for gone in missing.gone:
        del kept[gone.uid]
    for one in (*missing.made, *(changed for changed, _there in missing.changed)):
        kept[one.uid] = Kept(There(one.uid, one.uid, one.uid, "#"), content_of(one))
    assert not difference(after, kept)
    assert set(kept) == {one.uid for one in after}
    assert not {one.uid for one in missing.made} & {one.uid for one in before}


@given(LISTED, LISTED)
def test_of_what_is_listed_one_of_each_is_kept_and_the_rest_goes(earlier: list[There], listed: list[There]) -> None:
    kept = {one.uid: Kept(one, "content") for one in earlier}
    found, twice = believed(listed, kept)
    assert sorted([*(one.there.resource for one in found.values()), *(one.resource for one in twice)]) == sorted(
        one.resource for one in listed
    )
    assert set(found) == {one.uid for one in listed}
    for uid, one in found.items():
        known = kept.get(uid)
        same = known is not None and (known.there.resource, known.there.etag) == (one.there.resource, one.there.etag)
        assert one.content == ("content" if same else "")
