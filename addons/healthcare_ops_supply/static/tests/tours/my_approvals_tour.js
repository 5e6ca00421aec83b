import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PAGE = ".o_ops_mine";
const PANEL = `${PAGE} .o_ops_approval_panel`;
const DECISION = `${PAGE} .o_ops_approval_decision`;

const total = (number) => `.o_ops_mine_body[data-total='${number}']`;
const open = (document) => ({
    content: `Open ${document}`,
    trigger: `.o_ops_mine_row:contains(${document}) .o_ops_mine_open`,
    run: "click",
});
const key = (name, where = PAGE) => ({
    content: `Key ${name}`,
    trigger: where,
    run: `press ${name}`,
});
const say = (words) => ({
    content: "Say it in words",
    trigger: `${DECISION} textarea`,
    run: `edit ${words}`,
});
const confirm = {
    content: "Decide",
    trigger: `${DECISION} .o_ops_approval_confirm:enabled`,
    run: "click",
};
const reading = (amount) =>
    `${PAGE}:has(.o_ops_mine_row.active:contains(${amount})):has(.o_ops_mine_head:contains(${amount})) .o_ops_approval_panel[data-state=pending]:has([data-decision=approve]:enabled)`;

// What waits for the lead: four orders; see test_my_approvals_browser.py.
tours.add("healthcare_ops_supply.my_approvals", {
    steps: () => [
        {
            content: "The counter says how much waits",
            trigger: ".o_ops_approvals_systray[data-total='4']",
            run: "click",
        },
        {
            content: "Its menu lists it; go to the page",
            trigger:
                ".o_ops_approvals_menu:has(a[data-request]:contains(1,000.00)) .o_ops_approvals_all",
            run: "click",
        },
        {
            content: "The first is read: what matters of it, who is asked, and why",
            trigger: `${total(4)}:has(.o_ops_approval_summary:contains(Vendor One)):has(.o_ops_approval_why) .o_ops_mine_row.active:contains(1,000.00)`,
        },
        {content: "All of it waits", trigger: reading("1,000.00")},
        key("?"),
        {content: "The keys are told", trigger: ".o_ops_mine_keys:contains(ask a question)"},
        key("?"),
        key("j"),
        {content: "The next one", trigger: reading("2,000.00")},
        key("q"),
        say("Which ward is it for?"),
        {content: "Ask", trigger: `${DECISION} textarea`, run: "press ctrl+Enter"},
        {
            content: "It stays, with the question on it",
            trigger: `${total(4)}:has(.o_ops_approval_questions:contains(Which ward)) .o_ops_mine_row.active:contains(Waits for an answer)`,
        },
        key("k"),
        {content: "Back to the first", trigger: reading("1,000.00")},
        {content: "Go to the search", trigger: ".o_ops_mine_search", run: "click"},
        key("r", ".o_ops_mine_search:focus"),
        {
            content: "There it is a letter",
            trigger: ".o_ops_mine_search",
            run: ({anchor}) => {
                if (anchor.value !== "r") {
                    throw new Error(`typed: ${anchor.value}`);
                }
            },
        },
        {content: "No decision was begun", trigger: `${PAGE}:not(:has(.o_ops_approval_decision))`},
        {
            content: "Leave the search",
            trigger: ".o_ops_mine_row.active .o_ops_mine_open",
            run: "click",
        },
        {content: "It is still read", trigger: reading("1,000.00")},
        key("a", ".o_ops_mine_row.active .o_ops_mine_open"),
        say("Within the budget."),
        confirm,
        {
            content: "The next one follows",
            trigger: `${total(3)} .o_ops_mine_row.active:contains(2,000.00)`,
        },
        {content: "It is read", trigger: reading("2,000.00")},
        {
            content: "Search for somebody who asked for nothing",
            trigger: ".o_ops_mine_search",
            run: "edit nobody at all",
        },
        {content: "Nothing matches", trigger: ".o_ops_mine_nothing button", run: "click"},
        open("4,000.00"),
        {content: "The last one is read", trigger: reading("4,000.00")},
        key("x", ".o_ops_mine_row.active .o_ops_mine_open"),
        {
            content: "And one more",
            trigger: ".o_ops_mine_row:contains(3,000.00) .o_ops_mine_choose",
            run: "click",
        },
        {
            content: "Approve both",
            trigger: ".o_ops_mine_bulk:contains(2 selected) [data-bulk=approve]",
            run: "click",
        },
        {
            content: "Both are listed",
            trigger: ".modal .o_data_row:contains(3,000.00)",
        },
        {
            content: "Approve",
            trigger: ".modal footer button[name=action_decide]:contains(Approve all of these)",
            run: "click",
        },
        {
            content: "An answer for each",
            trigger: ".modal .o_data_row:contains(Done) ~ .o_data_row:contains(Done)",
        },
        {content: "Close", trigger: ".modal footer button:contains(Close)", run: "click"},
        {content: "One is left", trigger: `${total(1)} .o_ops_mine_row.active:contains(2,000.00)`},
        {content: "It is read", trigger: reading("2,000.00")},
        key("r", ".o_ops_mine_row.active"),
        {content: "Why", trigger: `${DECISION} select`, run: "selectByLabel No budget"},
        say("Not before next quarter."),
        confirm,
        {
            content: "Everything is decided",
            trigger: `${total(0)} .o_ops_mine_empty:contains(Everything is decided)`,
        },
    ],
});

tours.add("healthcare_ops_supply.my_approvals_stale", {
    steps: () => [
        {
            content: "The first version is shown; meanwhile the buyer changes the order",
            trigger: `${PANEL}[data-version='1'][data-state=pending]`,
            run: async () => {
                const row = document.querySelector(".o_ops_mine_row.active");
                await rpc("/web/dataset/call_kw/ops.approval.request/panel_data", {
                    model: "ops.approval.request",
                    method: "panel_data",
                    args: [[Number(row.dataset.request)]],
                    kwargs: {context: {tour_changes_order: true}},
                });
            },
        },
        key("a"),
        confirm,
        {
            content: "It is refused, and the panel says what is new",
            trigger: `${PANEL}[data-version='2'] .o_ops_approval_refusal li:contains(1,000.00 → 1,500.00)`,
        },
        {
            content: "The list shows the new amount, and it can be decided again",
            trigger: reading("1,500.00"),
        },
        key("a"),
        confirm,
        {content: "Now it is approved", trigger: ".o_ops_mine_empty"},
    ],
});

tours.add("healthcare_ops_supply.my_approvals_answer", {
    steps: () => [
        {
            content: "My work says that a question waits",
            trigger:
                ".o_ops_work_row[data-kind=approval_question]:contains(Which ward?) .o_ops_work_act",
            run: "click",
        },
        {
            content: "The request shows it, and offers to answer",
            trigger: `.o_form_view .o_ops_approval_panel:has(.o_ops_approval_questions:contains(Which ward?)) [data-decision=answer]`,
            run: "click",
        },
        {
            content: "Answer",
            trigger: ".o_ops_approval_decision textarea",
            run: "edit Ward 3, two rooms.",
        },
        {
            content: "Send it",
            trigger: ".o_ops_approval_decision .o_ops_approval_confirm:enabled",
            run: "click",
        },
        {
            content: "Question and answer stand in the history",
            trigger: `.o_ops_approval_panel:not(:has(.o_ops_approval_questions)) .o_ops_approval_history:has([data-kind=ask]) [data-kind=answer]:contains(Ward 3)`,
        },
    ],
});

const visible = (selector) => Boolean(document.querySelector(selector)?.getClientRects().length);

tours.add("healthcare_ops_supply.my_approvals_phone", {
    steps: () => [
        {
            content: "On a phone the list comes first, by itself",
            trigger: `${total(2)} .o_ops_mine_row:contains(1,000.00)`,
            run: () => {
                if (visible(".o_ops_mine_detail")) {
                    throw new Error("both sides are shown");
                }
            },
        },
        open("1,000.00"),
        {
            content: "Then the request, by itself, and nothing of it is cut off",
            trigger: `${PANEL} [data-decision=approve]`,
            run: () => {
                if (visible(".o_ops_mine_list")) {
                    throw new Error("both sides are shown");
                }
                for (const element of document.querySelectorAll(
                    ".o_ops_mine_detail :is(button, h1, dl, .o_ops_approval_stage)",
                )) {
                    const {left, right} = element.getBoundingClientRect();
                    if (left < 0 || right > window.innerWidth) {
                        throw new Error(`cut off at ${left} to ${right}: ${element.outerHTML}`);
                    }
                }
            },
        },
        {content: "Back to the list", trigger: ".o_ops_mine_back", run: "click"},
        open("2,000.00"),
        {
            content: "Return it",
            trigger: `${PAGE}:has(.o_ops_mine_head:contains(2,000.00)) [data-decision=return]`,
            run: "click",
        },
        say("Ask the other vendor, too."),
        confirm,
        {
            content: "The other one follows",
            trigger: `${PAGE}:has(.o_ops_mine_head:contains(1,000.00)) [data-decision=approve]`,
            run: "click",
        },
        confirm,
        {content: "Everything is decided", trigger: `${total(0)} .o_ops_mine_empty`},
    ],
});
