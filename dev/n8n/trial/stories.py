"""The stories: each takes the scene and returns what happened at Odoo and at n8n, in words.

A story that does not end in the right state raises AssertionError.
"""

import time

from dev import odoo_cli
from dev.receiver.standard_webhooks import new_secret
from dev.story import stock
from dev.story.act import STOREKEEPER, Act
from dev.story.database import Database
from dev.story.timeline import StoryFailed

from .. import connect, equip
from ..stand_in import StoryReceiver
from .scene import require

LONGER_THAN_ODOO_WAITS = 8  # the endpoint waits for 5 s in the story of the slow supplier


def supply_story(scene):
    """the supply story: a preferred vendor can deliver; then none can, and procurement is called"""
    db = Database(scene.database.name, str(odoo_cli.CONFIG))
    receiver = StoryReceiver(scene.client, scene.suppliers)
    first, second = db.run(lambda env: stock.story_items(env).ids, STOREKEEPER)
    before = len(scene.suppliers.log())
    try:
        for item, can in ((first, True), (second, False)):
            title = f"Act {1 if can else 2}: {'a' if can else 'no'} preferred vendor can"
            name = connect.NAME
            Act(db, receiver, item, preferred_can=can, endpoint_name=name).play(title)
    except StoryFailed as failure:
        raise AssertionError(str(failure)) from failure
    scene.idle()
    asked = [one["others"] for one in scene.suppliers.log()[before:]]
    require(asked == [False, False, True], f"the suppliers were asked {asked}")
    return (
        "both answers once; act 1 no exception, act 2 an exception for procurement",
        "act 1 asked preferred vendors only, act 2 everybody else as well",
    )


def n8n_down(scene):
    """n8n is down for a while: what happens meanwhile is delivered when it is back, once"""
    scene.idle()
    scene.n8n.stop()
    event = scene.emit()

    def failed(env):
        return scene.delivery(env, event).attempt_count > 0

    scene.wait("a first attempt", lambda: scene.look(failed))
    scene.n8n.start()
    equip.wait_for_webhook(scene.n8n)
    scene.client.sign_in()
    # The next attempt of the schedule is minutes away.
    scene.wait("delivery", lambda: _hurried(scene, event) == "delivered")
    odoo = scene.delivered(event)
    once = scene.answered_once(event)
    return f"{odoo}; {once}", f"after the restart: {scene.remembered(event)}"


def _hurried(scene, event):
    """Shorten the wait for the next attempt, not the way: the server's own dispatcher makes it.

    Returns the delivery's state.
    """

    def work(env):
        delivery = scene.delivery(env, event)
        if delivery.state == "retrying":
            env.cr.execute(
                "UPDATE ops_delivery SET next_attempt_at = now() AT TIME ZONE 'UTC'"
                " WHERE id = %s AND state = 'retrying'",
                [delivery.id],
            )
            for cron in set(env["ops.event"]._lane_crons().values()):
                env.ref(cron)._trigger()
        return delivery.state

    return scene.run(work)


def workflow_throws(scene):
    """a workflow throws: Odoo gets an exception with a link to the execution; a replay heals it"""
    scene.suppliers.control(mode="impossible", times=1)
    event = scene.emit()
    scene.delivered(event)
    failed = scene.remembered(event, "failed")
    execution = next(one for one in scene.executions() if one["id"] == _execution(scene, event))
    require(execution["status"] == "error", f"the execution is {execution['status']}")

    def reported():
        return [
            one
            for one in scene.exceptions("automation_failed")
            if f"/executions/{execution['id']}" in (one["external_url"] or "")
        ]

    [exception] = scene.wait("an exception with a link", reported)
    require(not scene.effects(event)[0], "an answer that breaks its contract was taken")
    scene.replay(event)
    scene.wait("a second attempt", lambda: scene.asked(event) == 2)
    once = scene.answered_once(event)
    scene.remembered(event)
    return (
        f"{exception['name']} “{exception['reason'][:60]}…” links to {exception['external_url']};"
        f" after the replay: {once}",
        f"execution {execution['id']} error, {failed}; replayed: asked again, answered",
    )


def _execution(scene, event):
    return int(scene.known(event)[0]["execution"])


def callback_lost(scene):
    """a callback is lost: n8n reports it as failed, Odoo misses the answer; a replay heals it"""
    scene.proxy.mode = "refuse"
    event = scene.emit()
    scene.delivered(event)
    failed = scene.remembered(event, "failed")
    lost = [one for one in scene.proxy.seen if one[1] == f"cb_{event}"]
    require(scene.effects(event)[0] == 0, "the lost callback was taken")
    missed = _miss(scene, event)
    scene.proxy.mode = "pass"
    scene.replay(event)
    once = scene.answered_once(event)
    scene.remembered(event)
    closed = _noticed(scene)
    return (
        f"exception “{missed[:70]}…”; after the replay: {once}; {closed}",
        f"callback refused by the firewall {len(lost)} time(s), {failed}; replayed: answered",
    )


def _miss(scene, event):
    """Let the time for the answer be over, and have the scheduled action look; the reason."""

    def overdue(env):
        delivery = scene.delivery(env, event)
        require(delivery.answer_due_at, "no answer is expected")
        env.cr.execute(
            "UPDATE ops_delivery SET answer_due_at = now() AT TIME ZONE 'UTC' - interval '1 s'"
            " WHERE id = %s",
            [delivery.id],
        )
        delivery.invalidate_recordset()

    scene.run(overdue)
    scene.run(_watch)
    found = scene.wait("word of the missing answer", lambda: scene.exceptions("answer_overdue"))
    return found[0]["reason"]


def _watch(env):
    """Have the server look for missing answers now rather than in a minute."""
    env["ir.cron"].search([("code", "like", "_cron_watch_answers")])._trigger()


def _noticed(scene):
    """The exception about missing answers closes itself when they are there."""
    scene.run(_watch)
    scene.wait("the end of the exception", lambda: not scene.exceptions("answer_overdue"))
    return "the exception closed itself"


def callback_swallowed(scene):
    """a portal answers 200 in Odoo's place: n8n does not believe it, and tries again"""
    scene.proxy.mode = "portal"
    event = scene.emit()
    scene.delivered(event)
    mine = lambda: [one for one in scene.proxy.seen if one[1] == f"cb_{event}"]  # noqa: E731
    scene.wait("two tries", lambda: len(mine()) >= 2)
    scene.proxy.mode = "deaf"
    scene.wait("a try that Odoo takes", lambda: mine()[-1][0] == "deaf")
    scene.proxy.mode = "pass"
    once = scene.answered_once(event)
    kept = scene.remembered(event)
    return once, f"{len(mine())} tries: swallowed, then taken without an answer, then taken; {kept}"


def same_event_twice(scene):
    """the same event twice: suppliers are asked once, and Odoo takes one answer"""
    event = scene.emit()
    scene.delivered(event)
    scene.answered_once(event)
    scene.remembered(event)
    scene.idle()
    require(scene.post(event) == 202, "a duplicate is not answered 202")
    scene.idle()
    once = scene.answered_once(event)
    require(scene.asked(event) == 1, f"the suppliers were asked {scene.asked(event)} times")
    tries = [one for one in scene.proxy.seen if one[1] == f"cb_{event}"]
    require(len(tries) == 2, f"the answer was posted {len(tries)} times")
    return f"{once}, the repeat got the stored answer", "duplicate: 202, suppliers not asked again"


def wrong_secret(scene):
    """a wrong secret at n8n: refused, a dead letter and an exception; mended, a replay heals it"""
    scene.set_secrets(**{equip.SIGNING: new_secret(), equip.PREVIOUS: new_secret()})
    event = scene.emit()

    def refused(env):
        return [one.http_status for one in scene.delivery(env, event).attempt_ids] == [401]

    scene.wait("a refusal", lambda: scene.look(refused))
    # 4xx is tried twice more, five seconds and five minutes later.
    scene.wait("a dead letter", lambda: _hurried(scene, event) == "dead")
    cause = scene.look(lambda env: scene.delivery(env, event).failure_cause)
    require(cause == "refused_auth", f"the cause is {cause}")
    exceptions = scene.wait(
        "an exception", lambda: scene.look(lambda env: _told(scene.delivery(env, event)))
    )
    require(not scene.known(event), "n8n worked on an event it could not verify")
    scene.set_secrets(**scene.connection.secrets())
    scene.replay(event)
    scene.delivered(event)
    once = scene.answered_once(event)
    return (
        f"three times 401, dead letter, {exceptions}; after the replay: {once}",
        f"nothing was done before it was verified; then {scene.remembered(event)}",
    )


def _told(delivery):
    exception = delivery.exception_id
    return exception and f"{exception.name} “{exception.reason[:70]}…”"


def rotated_secret(scene):
    """both secrets are replaced: nothing is lost while each side changes in its own time"""

    def rotate(env):
        endpoint = scene.endpoint(env)
        endpoint.action_rotate_secret_out()
        endpoint.action_rotate_secret_in()
        return connect.described(endpoint)

    rotated = scene.run(rotate)
    old = scene.connection
    require(old.signing != rotated.signing and old.callback != rotated.callback, "not rotated")
    # 1. Odoo has changed, n8n still has the old ones.
    before = scene.emit()
    scene.delivered(before)
    scene.answered_once(before)
    # 2. n8n has changed, too; what is signed with either secret is taken.
    scene.set_secrets(**rotated.secrets())
    both = scene.emit()
    scene.delivered(both)
    scene.answered_once(both)

    def end_overlap(env):
        scene.endpoint(env).action_end_overlap_out()
        scene.endpoint(env).action_end_overlap_in()

    # 3. The old ones are retired.
    scene.run(end_overlap)
    after = scene.emit()
    odoo = scene.delivered(after)
    scene.answered_once(after)
    scene.connection = scene.look(lambda env: connect.described(scene.endpoint(env)))
    states = {scene.remembered(event) for event in (before, both, after)}
    require(scene.post(after, [old.callback]) == 401, "n8n takes what is signed with another key")
    return f"three events, each {odoo} and answered once", f"each {states.pop()}"


def slow_supplier(scene):
    """a slow supplier: n8n takes the event at once, nothing is sent twice, one answer"""
    scene.suppliers.control(mode="slow", seconds=LONGER_THAN_ODOO_WAITS, times=1)
    event = scene.emit()
    odoo = scene.delivered(event)
    require(scene.effects(event)[0] == 0, "answered before the supplier was")
    # Meanwhile the same event comes once more: it is being worked on, so it is put off.
    require(scene.post(event) == 409, "a duplicate of an event in work is not put off")
    start = time.monotonic()
    once = scene.answered_once(event)
    kept = scene.remembered(event)
    require(scene.asked(event) == 1, f"the supplier was asked {scene.asked(event)} times")
    return (
        f"{odoo}; {once} {time.monotonic() - start:.0f} s later",
        f"asked once; a duplicate meanwhile was put off with 409; {kept}",
    )


def supplier_fails(scene):
    """the suppliers' system fails: asked three times, then procurement is told to ask by hand"""
    scene.suppliers.control(mode="refuse")
    event = scene.emit()
    scene.delivered(event)
    once = scene.answered_once(event)
    scene.suppliers.control(mode="ok")
    require(scene.asked(event) == 3, f"asked {scene.asked(event)} times, not 3")

    def notes(env):
        return env["ops.supply.answer"].search([("event_id.uuid", "=", event)]).mapped("note")

    found = scene.look(notes)
    require(all("could not be asked" in note for note in found), f"the notes are {found}")
    return f"{once}: “{found[0][:60]}”", f"asked three times; {scene.remembered(event)}"


STORIES = [
    supply_story,
    same_event_twice,
    slow_supplier,
    supplier_fails,
    workflow_throws,
    callback_lost,
    callback_swallowed,
    wrong_secret,
    rotated_secret,
    n8n_down,
]
