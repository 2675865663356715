"""Large plain text is read by Arrow, and then nothing is found but what is found in the same text when it is small."""

import pandas as pd
import pytest

from gistbook.conventions import DataError
from gistbook.intake import readers
from gistbook.intake.folder import check_folder
from gistbook.intake.readers import texts
from support.sharing import one_of
from support.subjects import ASSESSMENTS, EXPOSURES, OPERATIONS, PATIENTS, folder, whole_folder

PLAIN = {
    "words": "a,b\nx,1\ny,2\n",
    "no newline at the end": "a,b\nx,1\ny,2",
    "lines of Windows": "a,b\r\nx,1\r\ny,2\r\n",
    "a byte order mark": "\ufeffa,b\nx,1\ny,2\n",
    "what others read as missing": "a,b\nNA,\nnull,nan\n,#N/A\n",
    "blanks around cells": "a,b\n x , 1\n\t,2 \n",
    "quotes around cells": 'a,b\n"x, y",1\n"",2\nz,"3"\n',
    "no ASCII": "a,b\n患者,é\nİ,ẞ\n",
    "semicolons": "a;b\nx;1,5\ny;2,5\n",
    "tabs": "a\tb\nx\t1\n\ty\n",
    "one column": "a\nx\ny\n",
    "one column with a blank line": "a\nx\n\ny\n",
    "rows that are blank": "a,b\nx,1\n,\n , \ny,2\n",
    "a column without a name": ",a\n1,x\n2,y\n",
}
OTHERWISE = {
    "a short row": "a,b\nx\ny,2\n",
    "a blank line": "a,b\nx,1\n\ny,2\n",
    "a quote within a cell": 'a,b\nx"y,1\nz"w,2\n',
    "a quote that is doubled": 'a,b\n"x ""y""",1\nz,2\n',
    "a line within a cell": 'a,b\n"x\ny",1\nz,2\n',
    "text after a quote": 'a,b\n"x"y,1\nz,2\n',
    "a separator alone in quotes": 'a,b\n",",1\nz,2\n',
    "old lines of a Macintosh": "a,b\rx,1\ry,2\r",
    "one line ends otherwise": "a,b\nx,1\ry,2\n",
    "a header alone": "a,b",
    "a header alone, with its end": "a,b\n",
}
REFUSED = {
    "a long row": "a,b\nx,1\ny,2\nz,3,4\n",
    "a quote that nothing closes": 'a,b\nx,1\ny,"2\nz,3\n',
}

SLIPS = {
    "nothing": {},
    "codes and dates": {"patients": PATIENTS.replace("male", "mail").replace("2010-02-01", "01/02/2010")},
    "blank cells": {"patients": PATIENTS.replace("b,male,50,2010-02-01", "b,,x,")},
    "a patient twice": {"patients": PATIENTS + "a,female,60,2010-01-01,localized,2012-01-01,2012-01-01\n"},
    "strangers": {"operations": OPERATIONS + "z,2010-02-01,resistance\nA,2010-02-01,resistance\n"},
    "rows twice": {"assessments": ASSESSMENTS + "a,2010-06-01,SD\na,2010-06-01,SD\n"},
    "blank patients": {"assessments": ASSESSMENTS + ",2010-06-01,SD\n"},
    "dates out of order": {"operations": OPERATIONS + "b,2001-01-01,resistance\na,2016-01-01,staged\n"},
    "overlaps": {"exposures": EXPOSURES + "b,Imatinib,2009-01-01,\na,sunitinib,2011-03-01,\nb,imatinib,2008-05-01,\n"},
    "a shared day": {"exposures": EXPOSURES + "a,SUNITINIB,2011-09-01,2011-10-01\n"},
    "another name": {"exposures": EXPOSURES.replace("imatinib", "Glivec")},
    "padded codes": {"assessments": ASSESSMENTS.replace("SD", " sd ")},
    "groups": {"patients": "patient_id,resistance_date,last_contact,group\na,2010-01-01,2011-01-01,A\n"
               "b,2010-01-01,2011-01-01,B\nc,2010-01-01,2011-01-01,a\nd,2010-01-01,2011-01-01,A\n"},
}  # fmt: skip


@pytest.fixture
def large(monkeypatch):
    """Have every file taken for a large one."""

    def by_arrow():
        monkeypatch.setattr(texts, "LARGE", 0)

    return by_arrow


def by_arrow_too(path, large) -> tuple[pd.DataFrame, pd.DataFrame]:
    small = readers.read_table(path).rows
    large()
    return small, readers.read_table(path).rows


@pytest.mark.parametrize("text", [*PLAIN.values(), *OTHERWISE.values()], ids=[*PLAIN, *OTHERWISE])
def test_large_text_holds_the_same_cells_in_the_same_rows(text, tmp_path, large):
    (tmp_path / "a.csv").write_bytes(text.encode())
    small, by_arrow = by_arrow_too(tmp_path / "a.csv", large)

    pd.testing.assert_frame_equal(by_arrow.astype(object), small)


@pytest.mark.parametrize("text", PLAIN.values(), ids=PLAIN)
def test_plain_text_is_read_by_arrow(text, tmp_path, large):
    (tmp_path / "a.csv").write_bytes(text.encode())

    assert all(by_arrow_too(tmp_path / "a.csv", large)[1].dtypes == "category")


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_large_text_is_refused_for_the_same_reason(text, tmp_path, large):
    (tmp_path / "a.csv").write_bytes(text.encode())
    with pytest.raises(DataError) as small:
        readers.read_table(tmp_path / "a.csv")
    large()
    with pytest.raises(DataError) as by_arrow:
        readers.read_table(tmp_path / "a.csv")

    assert by_arrow.value.findings == small.value.findings


@pytest.mark.parametrize("slip", one_of(4, SLIPS))
def test_the_same_is_found_in_large_tables(slip, tmp_path, large):
    place = folder(whole_folder(tmp_path / "mine"), **SLIPS[slip])
    small = check_folder(place)
    large()
    by_arrow = check_folder(place)

    assert by_arrow.findings == small.findings
    assert by_arrow.sources == small.sources
    assert (by_arrow.cohort is None) == (small.cohort is None)
    for name in ("adsl", "operations", "exposures", "assessments", "flow") if small.cohort else ():
        pd.testing.assert_frame_equal(getattr(by_arrow.cohort, name), getattr(small.cohort, name))
