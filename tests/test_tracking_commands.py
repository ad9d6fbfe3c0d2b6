"""The tracking commands, as a user calls them."""

import json

import pytest

from iibun.cli.commands import judgements, links, predictions
from iibun.cli.main import main
from kg import store, vocab
from kg.rdf import article_iri, claim_iris, quads
from kg.tracking import comparison, scores, verdicts
from tests import stories
from tests.kg_samples import report
from tests.test_tracking_store import fill

COMMANDS = ("links", "due", "verdict", "score", "judge", "merge", "split", "undo", "timeline", "corrections")


@pytest.fixture
def battery(tmp_path, monkeypatch):
    with store.open(tmp_path / "store") as s:
        ids = fill(s, stories.load("battery"))
    monkeypatch.setenv("IIBUN_STORE", str(tmp_path / "store"))
    monkeypatch.setenv("IIBUN_AUTHOR", "佐藤")
    return ids


def ask(capsys, *arguments):
    assert main([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_the_choices_are_those_of_the_parts():
    assert predictions.VERDICTS == vocab.VERDICTS and judgements.MODALITIES == vocab.MODALITIES
    assert (*comparison.LINK_TYPES, "evidence") == links.LINK_TYPES
    assert predictions.STATES == verdicts.STATES and predictions.BY == scores.BY


@pytest.mark.parametrize("command", COMMANDS)
def test_each_has_help_with_an_example(command, capsys):
    with pytest.raises(SystemExit) as end:
        main([command, "--help"])
    assert end.value.code == 0 and f"iibun {command}" in capsys.readouterr().out.partition("example")[2]


def test_links_are_printed_as_the_issue_says(battery, capsys):
    found = ask(capsys, "links")
    assert len(found) == 14
    assert set(found[0]) >= {"type", "score", "reason", "state", "from", "to"}
    assert set(found[0]["from"]) == {"claim", "article", "source", "text"}
    assert {x["type"] for x in ask(capsys, "links", "--type", "revises")} == {"revises"}
    link = found[0]["link"]
    ask(capsys, "links", "--reject", link)
    assert len(ask(capsys, "links")) == 13 and ask(capsys, "links", "--state", "rejected")[0]["link"] == link
    assert len(ask(capsys, "links", "--article", "https://kita.example/battery/2")) == 6
    assert ask(capsys, "links", "--rebuild", "--limit", "3")[0]["state"] == "proposed"


def test_what_a_list_leaves_out_is_told(battery, capsys):
    whole = len(ask(capsys, "due"))
    assert whole > 2
    assert main(["due", "--limit", "2"]) == 0
    assert "These are the first 2; --limit N shows more." in capsys.readouterr().err
    assert main(["due", "--limit", str(whole)]) == 0
    assert "the first" not in capsys.readouterr().err


def test_a_prediction_is_due_gets_a_verdict_and_is_scored(battery, capsys):
    first = ask(capsys, "due", "--on", "2027-04-20", "--evidence")[0]
    assert first["state"] == "overdue" and first["days"] == -385 and first["proposed_evidence"]
    made = ask(capsys, "verdict", first["claim"], "did-not", "--evidence", "https://e.example/", "--on", "2026-05-13")
    assert made["author"] == "佐藤"
    assert ask(capsys, "due", "--on", "9999-12-31")  # no day is too far
    assert first["claim"] not in {x["claim"] for x in ask(capsys, "due", "--on", "2027-04-20")}
    (score,) = [x for x in ask(capsys, "score", "--on", "2027-04-20") if x["n"]]
    assert (score["label"], score["hits"], score["n"]) == ("ミナト電池", 0, 1)
    assert ask(capsys, "undo", made["judgement"])["judgement"] != made["judgement"]
    assert [x["kind"] for x in ask(capsys, "undo")] == ["Undo", "Verdict"]
    assert ask(capsys, "score", "--calibration") == []


def test_due_predictions_have_a_proposed_verdict_with_the_reason(battery, capsys):
    rows = {x["claim"]: x["proposed_verdict"] for x in ask(capsys, "due", "--on", "2027-04-20", "--evidence")}
    proposed = rows[battery["1c"]]
    assert proposed["verdict"] == "did-not" and proposed["evidence"] and proposed["reason"] and proposed["on"]
    assert main(["due", "--on", "2027-04-20", "--evidence"]) == 0
    assert f"proposed verdict: did-not. {proposed['reason']}" in capsys.readouterr().out
    assert "proposed_verdict" not in ask(capsys, "due")[0]


def test_a_claim_is_edited_and_becomes_gold(battery, capsys, tmp_path):
    claim = battery["5b"]
    ask(
        capsys,
        "judge",
        claim,
        "edit",
        "--modality",
        "possible",
        "--due",
        "2027-11-01/2027-11-30",
        "--source",
        "ミナト電池",
    )
    ask(capsys, "judge", claim, "estimate", "--probability", "0.6")
    (row,) = [x for x in ask(capsys, "due", "--on", "2027-04-20") if x["claim"] == claim]
    assert (row["source"], row["modality"], row["due"]["end"], row["probability"]) == (
        "ミナト電池",
        "possible",
        "2027-11-30",
        0.6,
    )
    assert ask(capsys, "corrections", "--out", str(tmp_path / "gold"))[0]["article"] == "https://kita.example/battery/5"
    assert len(list((tmp_path / "gold").glob("*.gold.json"))) == 1


def test_a_timeline_and_figures(battery, capsys):
    assert {x["kind"] for x in ask(capsys, "timeline", "ミナト電池")} == {"claim", "due"}
    assert ask(capsys, "timeline", "ミナト電池", "--figures")[0]["measure"] == "売上高"
    assert ask(capsys, "merge") == []


def test_a_name_is_split_off_and_taken_back(battery, capsys):
    before = ask(capsys, "timeline", "ミナト電池")
    new = ask(capsys, "split", "ミナト電池", "ミナト電池（九州）", "--alias", "ミナト電池")["entity"]
    assert ask(capsys, "timeline", "ミナト電池（九州）") is not None and new.startswith("urn:iibun:entity:")
    (latest, *_) = ask(capsys, "undo")
    assert latest["kind"] == "Split"
    ask(capsys, "undo", latest["iri"])
    assert ask(capsys, "timeline", "ミナト電池") == before


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["judge", "urn:iibun:claim:none", "accept"], 1, "There is no claim urn:iibun:claim:none in the store."),
        (["timeline", "だれか"], 1, "There is no entity 'だれか' in the store."),
        (["undo", "urn:iibun:judgement:none"], 1, "There is no judgement urn:iibun:judgement:none in the store."),
        (
            ["links", "--article", "https://none.example/"],
            1,
            "There is no article 'https://none.example/' in the store.",
        ),
        (["judge", "urn:iibun:claim:none", "estimate"], 2, "estimate needs --probability"),
        (["split", "ミナト電池", "別の会社"], 2, "A split needs the mentions or the names"),
        (["split", "ミナト電池", " ", "--alias", "ミナト"], 2, "A split needs a name for the new entity."),
        (
            ["split", "ミナト電池", "別の会社", "--alias", "ミナト", "--alias", " "],
            2,
            "A name that means the other entity is empty.",
        ),
        (["split", "だれか", "別人", "--alias", "だれ"], 1, "There is no entity 'だれか' in the store."),
        (["merge", "ミナト電池"], 2, "A merge needs at least two different entities."),
        (["verdict", "urn:iibun:claim:none", "partly"], 1, "There is no claim urn:iibun:claim:none in the store."),
        (["corrections", "--out", "/dev/null/gold"], 1, "Can't write to /dev/null/gold"),
        (["verdict", "not an iri", "partly"], 2, "'not an iri' is not an IRI"),
        (
            ["verdict", "urn:iibun:claim:1", "partly", "--on", "9999-12-31"],
            2,
            "A verdict cannot be dated 9999-12-31: today is",
        ),
    ],
)
def test_errors_are_one_sentence(battery, capsys, arguments, code, message):
    assert main(arguments) == code
    error = capsys.readouterr().err
    assert message in error and "Traceback" not in error and error.count("\n") == 1


def test_dates_are_read(battery, capsys):
    with pytest.raises(SystemExit) as end:
        main(["due", "--on", "tomorrow"])
    assert end.value.code == 2 and "'tomorrow' is not a date" in capsys.readouterr().err


def test_gold_of_a_loaded_article_stays_in_its_folder(tmp_path, capsys, monkeypatch):
    """The IRI of an article that a file brings in may have any characters."""
    monkeypatch.setenv("IIBUN_STORE", str(tmp_path / "store"))
    name = article_iri(report(1).article)
    lines = "".join(f"{q} .\n" for q in quads(report(1)))
    (tmp_path / "theirs.nq").write_text(lines.replace(f"<{name}>", "<urn:iibun:article:../../ab>"))
    assert main(["load", str(tmp_path / "theirs.nq"), "--no-links"]) == 0
    assert (
        main(
            ["judge", next(iter(claim_iris(report(1)).values())), "edit", "--modality", "probable", "--author", "佐藤"]
        )
        == 0
    )
    assert main(["corrections", "--out", str(tmp_path / "a" / "b" / "gold")]) == 0
    assert len(list((tmp_path / "a" / "b" / "gold").iterdir())) == 3
    assert not list((tmp_path / "a").rglob("ab.*"))
