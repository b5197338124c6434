"""What lies in the data directory is nobody else's on the machine."""

from pathlib import Path

from trunkline.folders import private_folder


def test_it_is_made_closed_and_closed_where_it_was_open(tmp_path: Path) -> None:
    made, open_one = tmp_path / "a" / "b", tmp_path / "c"
    open_one.mkdir(mode=0o755)
    for folder in (made, open_one):
        assert private_folder(folder).stat().st_mode & 0o777 == 0o700
