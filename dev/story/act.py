"""One act: a use takes an item below its critical level; everything that follows is seen."""

import json

from odoo.tools import html2plaintext

from . import endpoint, stock
from .timeline import StoryFailed, Timeline, number, shortened

EVENT_TYPE = "supply.item.below_critical"
EXCEPTION_CATEGORY = "supply.no_preferred_vendor"
STOREKEEPER = "operations"


class Act:
    """Plays with one ``ops.supply.item``.

    :param db: the :class:`~dev.story.database.Database`
    :param receiver: the running :class:`~dev.receiver.process.ReceiverProcess`
    :param int item_id: the item
    :param bool preferred_can: whether the suppliers' stand-in lets preferred vendors deliver
    :param str endpoint_name: name of the ``ops.endpoint`` the event goes to
    """

    def __init__(self, db, receiver, item_id, *, preferred_can, endpoint_name=endpoint.NAME):
        self.timeline = Timeline()
        self.db = db
        self.receiver = receiver
        self.item_id = item_id
        self.preferred_can = preferred_can
        self.endpoint_name = endpoint_name
        self.links = {}

    def play(self, title):
        """Play it under ``title`` and return the links by label.

        :raises StoryFailed: a step did not happen
        """
        self.timeline.title(title)
        self._prepare()
        last_message = self.db.look(self._last_message_id)
        picking, uuid = self.db.run(self._use, STOREKEEPER)
        self.timeline.start()
        self.timeline.step("move validated", picking)
        event_id = self._see_event(uuid)
        self._see_delivery(event_id)
        self._see_callback(event_id)
        self._see_chatter(last_message)
        self._see_answers(event_id)
        self._see_exception(event_id)
        return self.links

    # Before the move

    def _prepare(self):
        """Fill the item up, which re-arms it, and tell the suppliers' stand-in what it has."""
        received = self.db.run(lambda env: stock.top_up(self._item(env)))
        name, level, vendors = self.db.look(self._describe)
        self.timeline.fact("item", name)
        self.timeline.fact("stock", level + (f" (received {number(received)})" if received else ""))
        quantity = 5000 if self.preferred_can else 0
        catalogue = {
            ref: {
                "name": vendor,
                "items": {"*": {"quantity": quantity, "lead_days": 2, "note": None}},
            }
            for ref, vendor in vendors.items()
        }
        catalogue["SPOT-MARKET"] = {
            "name": "Spot market (stand-in)",
            "items": {"*": {"quantity": 5000, "lead_days": 9, "note": "no contract price"}},
        }
        self.receiver.control(suppliers=catalogue)

    def _describe(self, env):
        item = self._item(env)
        product = item.product_id
        name = f"{product.name} ({product.default_code}), {item.ved_class}, {item.site_id.name}"
        level = (
            f"{number(item.on_hand_usable)} on hand, critical level {number(item.critical_level)}"
        )
        if item.below_critical:
            raise StoryFailed(f"{name}: still below its critical level after a receipt; {level}")
        vendors = {item._vendor_ref(vendor): vendor.name for vendor in item.preferred_vendor_ids}
        return name, level, vendors

    def _use(self, env):
        """Validate the picking; its event must be there before the transaction ends."""
        item = self._item(env)
        events = env["ops.event"].sudo()
        last = events.search([], order="id desc", limit=1)
        picking = stock.use(item)
        # What Odoo does first when it commits.
        env.cr.flush()
        event = events.search([*self._event_domain(), ("id", ">", last.id or 0)])
        if len(event) != 1:
            raise StoryFailed(f"{picking.name} is validated, and its transaction wrote no event")
        taken = sum(picking.move_ids.mapped("quantity"))
        text = (
            f"{picking.name} by {env.user.name}: {number(taken)} used, "
            f"{number(item.on_hand_usable)} left"
        )
        return text, event.uuid

    # After it

    def _see_event(self, uuid):
        def look(env):
            event = env["ops.event"].search([("uuid", "=", uuid)])
            return event.id, event.state, event.sequence, event.lane, event.severity

        event_id, state, sequence, lane, severity = self.db.look(look)
        if state != "sealed":
            raise StoryFailed(f"event {uuid} is {state} after the move was committed")
        self._link("event", "ops.event", event_id)
        text = f"{uuid}, {severity}, {lane} lane, sequence {sequence}; in the move's transaction"
        self.timeline.step("event committed", text)
        return event_id

    def _see_delivery(self, event_id):
        domain = [("event_id", "=", event_id), ("endpoint_id.name", "=", self.endpoint_name)]

        def settled(env):
            delivery = env["ops.delivery"].search(domain)
            if delivery.state in ("dead", "skipped"):
                raise StoryFailed(f"the delivery is {delivery.state}: {delivery.last_error}")
            attempt = delivery.attempt_ids.sorted("number")[-1:]
            return delivery.state == "delivered" and (
                f"attempt {attempt.number}, HTTP {attempt.http_status}, {attempt.duration_ms} ms"
            )

        def state(env):
            delivery = env["ops.delivery"].search(domain)
            if not delivery:
                return "No delivery was created: does the endpoint subscribe to supply.*?"
            hint = "" if delivery.attempt_count else " Does the server run scheduled actions?"
            return f"It is {delivery.state}, {delivery.last_error or 'no attempt yet'}.{hint}"

        self.timeline.step("delivered", self._wait("delivery", settled, state))

    def _see_callback(self, event_id):
        uuid = self.db.look(lambda env: env["ops.event"].browse(event_id).uuid)

        def finished():
            entries = self.receiver.log()["callbacks"]
            return next((entry for entry in entries if entry["webhook_id"] == f"cb_{uuid}"), None)

        entry = self.timeline.wait_for("answer of the receiver", finished)
        answer = json.loads(entry["body"])["data"]["suppliers"]
        able = [
            f"{supplier['name']} {number(supplier['quantity'])} in {supplier['lead_days']} days"
            for supplier in answer
            if supplier["can_deliver"]
        ]
        checked = f"{len(able)} of {len(answer)} can deliver: {'; '.join(able)}"
        self.timeline.step("suppliers checked", checked)
        if entry["status"] != 200:
            raise StoryFailed(f"the callback was answered {entry['status']}: {entry['response']}")

        def stored(env):
            callback = env["ops.callback"].search([("event_id", "=", event_id)])
            return len(callback) == 1 and callback.webhook_id

        webhook_id = self._wait("callback", stored)
        text = f"{webhook_id}, verified and stored once, HTTP 200 at try {entry['attempts']}"
        self.timeline.step("callback received", text)

    def _see_chatter(self, last_message):
        def posted(env):
            messages = env["mail.message"].search(
                [*self._message_domain(), ("id", ">", last_message)]
            )
            texts = [html2plaintext(message.body).replace("*", "") for message in messages]
            return texts and shortened(texts[0])

        self.timeline.step("on the item", f"“{self._wait('message on the item', posted)}”")
        self._link("item", "ops.supply.item", self.item_id)

    def _see_answers(self, event_id):
        def listed(env):
            answers = env["ops.supply.answer"].search([("event_id", "=", event_id)])
            preferred = answers.filtered("preferred")
            able = preferred.filtered("can_deliver")
            return answers and (
                f"{len(answers)} in the list, {len(able)} of {len(preferred)} preferred can deliver"
            )

        self.timeline.step("supplier answers", self._wait("supplier answers", listed))

    def _see_exception(self, event_id):
        def open_exception(env):
            event = env["ops.event"].browse(event_id)
            return env["ops.exception"].search(
                [
                    ("category_id.code", "=", EXCEPTION_CATEGORY),
                    ("res_model", "=", "ops.supply.item"),
                    ("res_id", "=", self.item_id),
                    ("last_seen", ">=", event.emitted_at),
                ],
                limit=1,
            )

        if self.preferred_can:
            # The callback is in, and whatever it caused came with it.
            if self.db.look(open_exception):
                raise StoryFailed("an exception was raised although a preferred vendor can deliver")
            self.timeline.step("exception", "none: a preferred vendor can deliver")
            return

        def raised(env):
            exception = open_exception(env)
            return exception and (
                exception.id,
                f"{exception.name}, {exception.severity}, owner {exception.user_id.name}, "
                f"due {exception.due_at:%Y-%m-%d %H:%M} UTC, seen {exception.occurrence_count} ×",
                bool(exception.user_id and exception.due_at),
            )

        exception_id, text, complete = self._wait("exception for procurement", raised)
        if not complete:
            raise StoryFailed(f"the exception has no owner or no due time: {text}")
        self._link("exception", "ops.exception", exception_id)
        self.timeline.step("exception", text)

    # Helpers

    def _wait(self, what, read, state=None):
        describe = (lambda: self.db.look(state)) if state else (lambda: "")
        return self.timeline.wait_for(what, lambda: self.db.look(read), describe)

    def _item(self, env):
        return env["ops.supply.item"].browse(self.item_id)

    def _event_domain(self):
        return [
            ("type_code", "=", EVENT_TYPE),
            ("res_model", "=", "ops.supply.item"),
            ("res_id", "=", self.item_id),
        ]

    def _message_domain(self):
        return [("model", "=", "ops.supply.item"), ("res_id", "=", self.item_id)]

    def _last_message_id(self, env):
        return env["mail.message"].search(self._message_domain(), order="id desc", limit=1).id or 0

    def _link(self, label, model, record_id):
        self.links[label] = f"/odoo/{model}/{record_id}"
