"""Mail of a whole daemon: whatever becomes of it, a letter is sent, and not twice."""

from __future__ import annotations

import os
import random
import signal
import time
from typing import Any

import pytest

from tests.client import Client
from tests.conftest import MakeDaemon
from tests.daemon import Daemon, eventually
from tests.mail.postbox import Postbox, text_of

ANNA = "anna@mail.example"
QUICK = {"errands": {"retry_seconds": [0.05] * 5}}
ROUNDS = int(os.environ.get("CHATD_ERRAND_ROUNDS", "1"))


def deliveries(daemon: Daemon, *words: str) -> list[dict[str, Any]]:
    """As the shell lists them."""
    found: list[dict[str, Any]] = daemon.admin_json("mail", "deliveries", *words)["errands"]
    return found


def states(daemon: Daemon) -> list[str]:
    return [one["state"] for one in deliveries(daemon)]


def open_ticket(daemon: Daemon, name: str = "Аня") -> str:
    """A customer's, with an address."""
    with Client(daemon.address) as customer:
        customer.hello(name=name)
        opened = customer.ask("ticket:open", content="Где мой заказ?", wants_person=True)
        id: str = opened["ticket"]["id"]
        said = customer.ask("ticket:update", ticket_id=id, contact=ANNA)
        assert said["ticket"]["contact"] == ANNA
        return id


def ask_transcripts(daemon: Daemon, id: str, count: int = 1) -> None:
    """So many, by an administrator, all of them stored."""
    operators = daemon.admin_json("operator", "list")["operators"]
    token = daemon.login("boss") if operators else daemon.add_operator("boss", "Boss", "admin")
    with Client(daemon.address) as boss:
        boss.hello(token=token)
        for _ in range(count):
            boss.ask("ticket:transcript", ticket_id=id)


def test_an_operators_day_with_mail(make_daemon: MakeDaemon, postbox: Postbox) -> None:
    sites = {"default": {"language": "en", "title": "Tea shop"}}
    mail = postbox.settings(unread_seconds=0.5, team_seconds=0.1, teams={"default": "t@a.example"})
    daemon = make_daemon({"mail": mail, "sites": sites, **QUICK})
    done = daemon.admin("mail", "test", "boss@shop.example")
    assert (done.returncode, done.stderr) == (0, done.stderr) and "250 taken" in done.stderr
    id = open_ticket(daemon, "Ann")
    postbox.wait_until(lambda: len(postbox.letters) == 2)
    daemon.add_operator("artem", "Artem")
    daemon.admin("reply", "--as", "artem", id, "On its way")
    postbox.wait_until(lambda: len(postbox.letters) == 3)
    done = daemon.admin("mail", "transcript", id, "--to", "law@shop.example")
    assert done.returncode == 0 and f"{id} is mailed to law@shop.example" in done.stderr
    postbox.wait_until(lambda: len(postbox.letters) == 4)
    to = [one[1] for one in postbox.envelopes]
    assert to == [["boss@shop.example"], ["t@a.example"], [ANNA], ["law@shop.example"]]
    subjects = [str(one["Subject"]) for one in postbox.letters]
    assert subjects[1] == f"[{id}] Ann is waiting, nobody is on line · Tea shop"
    assert subjects[2] == f"[{id}] Our answer to you · Tea shop"
    assert {one["From"].addresses[0].display_name for one in postbox.letters} == {"Tea shop"}
    assert "On its way" in text_of(postbox.letters[2])
    assert eventually(lambda: states(daemon) == ["delivered"] * 3)
    assert [one["about"] for one in deliveries(daemon)] == [id] * 3
    figures = daemon.admin_json("stats")
    assert (figures["mails_delivered"], figures["mails_waiting"], figures["mails_failed"]) == (
        3,
        0,
        0,
    )
    measured = daemon.http("GET", "/metrics")[1].decode()
    assert "chatd_mails_delivered_total 3.0" in measured
    examined = daemon.admin("doctor").stdout
    assert f"from help@shop.example by {mail['host']}" in examined
    assert daemon.admin("mail", "contact", id, "b@c.example").returncode == 0
    assert daemon.admin_json("show", id)["ticket"]["contact"] == "b@c.example"
    assert daemon.admin("mail", "contact", id, "nobody").returncode == 2
    daemon.stop()
    assert "On its way" not in daemon.logged() and ANNA not in daemon.logged()


def test_who_cannot_be_mailed_is_tried_again_and_then_given_up(
    make_daemon: MakeDaemon, postbox: Postbox
) -> None:
    daemon = make_daemon({"mail": postbox.settings(), **QUICK})
    id = open_ticket(daemon)
    postbox.answers = ["451 later", "421 later"]
    assert daemon.admin("mail", "transcript", id).returncode == 0
    postbox.wait_until(lambda: postbox.letters)
    eventually(lambda: states(daemon) == ["delivered"])
    assert deliveries(daemon)[0]["attempts"] == 3
    postbox.recipient = "550 no such mailbox"
    daemon.admin("mail", "transcript", id)
    failed = eventually(lambda: deliveries(daemon, "--state", "failed"))[0]
    assert (failed["attempts"], failed["last_error"]) == (1, "550 no such mailbox")
    postbox.recipient = "250 known"
    assert daemon.admin("errands", "retry", failed["id"]).returncode == 0
    postbox.wait_until(lambda: len(postbox.letters) == 2)
    done = daemon.admin("mail", "test", "nobody")
    assert done.returncode == 2 and "a mail address is like" in done.stderr
    postbox.answer = "554 spam"
    done = daemon.admin("mail", "test", ANNA)
    assert done.returncode == 1 and "554 spam" in done.stderr


def test_a_letter_survives_the_daemon_until_it_is_handed_over_and_is_never_sent_twice(
    make_daemon: MakeDaemon, postbox: Postbox
) -> None:
    daemon = make_daemon({"mail": postbox.settings(), "errands": {"retry_seconds": [0.1] * 900}})
    id = open_ticket(daemon)
    postbox.gate.clear()
    ask_transcripts(daemon, id)
    postbox.wait_until(lambda: postbox.letters)
    daemon.stop(signal.SIGKILL)
    postbox.gate.set()
    daemon.start()
    failed = eventually(lambda: deliveries(daemon, "--state", "failed"))[0]
    assert "delivered, perhaps" in failed["last_error"] and len(postbox.letters) == 1
    postbox.recipient = "450 not now"
    ask_transcripts(daemon, id)
    eventually(lambda: "450 not now" in daemon.logged())
    daemon.stop(signal.SIGKILL)
    postbox.recipient = "250 known"
    daemon.start()
    postbox.wait_until(lambda: len(postbox.letters) == 2)
    eventually(lambda: sorted(states(daemon)) == ["delivered", "failed"])
    ids = [one["Message-ID"] for one in postbox.letters]
    assert len(set(ids)) == 2


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_killed_at_any_moment_each_letter_is_there_once_or_said_to_be_uncertain(
    make_daemon: MakeDaemon, postbox: Postbox, seed: int
) -> None:
    daemon = make_daemon({"mail": postbox.settings(), "errands": {"retry_seconds": [0.1] * 900}})
    id, asked = open_ticket(daemon), 20
    ask_transcripts(daemon, id, asked)
    time.sleep(random.Random(seed).uniform(0, 0.2))
    daemon.stop(signal.SIGKILL)
    daemon.start()
    eventually(lambda: "waiting" not in states(daemon), 30)
    ids = [one["Message-ID"] for one in postbox.letters]
    assert len(ids) == len(set(ids)), "one came twice"
    failed = deliveries(daemon, "--state", "failed")
    assert all("perhaps" in one["last_error"] for one in failed)
    assert asked - len(failed) <= len(ids) <= asked


def test_a_password_that_is_missing_is_said_by_the_doctor(
    make_daemon: MakeDaemon, postbox: Postbox
) -> None:
    login = {"user": "help", "password_env": "CHATD_NOT_SET"}
    daemon = make_daemon({"mail": postbox.settings(**login)})
    assert "no password in $CHATD_NOT_SET" in daemon.admin("doctor").stdout
    done = daemon.admin("mail", "test", ANNA)
    assert done.returncode == 1 and "no password in $CHATD_NOT_SET" in done.stderr
    daemon.write_config({})
    assert daemon.admin("reload").returncode == 0
    assert "mail.host is not set" in daemon.admin("mail", "test", ANNA).stderr
