import {rpc} from "@web/core/network/rpc";
import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PANEL = ".o_ops_approval_panel";

const press = (kind) => ({
    content: `Press ${kind}`,
    trigger: `${PANEL} button[data-decision=${kind}]:enabled`,
    run: "click",
});
const say = (words) => ({
    content: "Say it in words",
    trigger: ".o_ops_approval_decision textarea",
    run: `edit ${words}`,
});
const confirm = {
    content: "Decide",
    trigger: ".o_ops_approval_decision .o_ops_approval_confirm:enabled",
    run: "click",
};

// What people see and do about an order under approval; see test_purchase_approval_browser.py.
tours.add("healthcare_ops_supply.approval_requester", {
    steps: () => [
        {
            content: "Before it is submitted: who will be asked, why, and no native confirmation",
            trigger: `.o_form_view:not(:has(button[name=button_confirm])) ${PANEL}[data-state=none]:has([data-stage=Lead]:contains(Lead)):has(.o_ops_approval_why[open] li:contains(From 500))`,
        },
        press("submit"),
        {
            content: "It waits; the requester sees whom for, and may take it back, not approve it",
            trigger: `.o_form_view:not(:has(button[name=button_approve])) ${PANEL}[data-state=pending]:contains(Asked: Lead):not(:has([data-decision=approve])) [data-decision=withdraw]`,
            run: "click",
        },
        {
            content: "By keyboard: nothing needs to be said",
            trigger: ".o_ops_approval_decision textarea",
            run: "press ctrl+Enter",
        },
        {
            content: "It is taken back, the history says so",
            trigger: `${PANEL}[data-state=withdrawn] .o_ops_approval_history[open] [data-kind=withdraw]`,
        },
        press("submit"),
        {
            content: "A new request that tells of the former one; open it",
            trigger: `${PANEL}[data-state=pending]:has(.o_ops_approval_former:contains(Withdrawn)) .o_ops_approval_open`,
            run: "click",
        },
        {
            content: "The request says what it is about, and leads back to the order",
            trigger: `.o_form_view:has(.o_ops_approval_summary:contains(Vendor One)):has(${PANEL}) button[name=action_open_document]`,
            run: "click",
        },
        {
            content: "The order, with both requests behind the button",
            trigger: `.o_form_view:has(.o_field_widget[name=order_line]) .o_widget_ops_record_approvals button:has(.o_stat_value:text(2))`,
            run: "click",
        },
        {
            content: "Both are listed",
            trigger:
                ".o_list_view:has(.o_data_row:contains(Withdrawn)) .o_data_row:contains(Waiting for approval)",
        },
    ],
});

tours.add("healthcare_ops_supply.approval_approver", {
    steps: () => [
        {
            content: "What waits for me; open it",
            trigger:
                ".o_list_view .o_data_row:contains(Waiting for approval) .o_data_cell[name=res_name]",
            run: "click",
        },
        {
            content: "You are asked",
            trigger: `${PANEL}[data-state=pending]:contains(You are asked)`,
        },
        press("reject"),
        confirm,
        {
            content: "A reason is asked for first; think again",
            trigger:
                ".o_ops_approval_decision:has([role=alert]:contains(Choose a reason)) textarea",
            run: "press Escape",
        },
        {
            content: "Nothing happened, and the keyboard is where it was; approve instead",
            trigger: `${PANEL}[data-state=pending]:not(:has(.o_ops_approval_decision)):has([data-decision=reject]:focus) [data-decision=approve]`,
            async run({anchor, press}) {
                anchor.focus();
                await press("Enter");
            },
        },
        say("Within the budget."),
        {
            content: "By keyboard",
            trigger: ".o_ops_approval_decision textarea",
            run: "press ctrl+Enter",
        },
        {
            content: "Approved, and kept with the words",
            trigger: `${PANEL}[data-state=approved]:not(:has([data-decision])) .o_ops_approval_history[open] [data-kind=approve]:contains(Within the budget.)`,
        },
    ],
});

tours.add("healthcare_ops_supply.approval_rejected", {
    steps: () => [
        press("reject"),
        {
            content: "Why",
            trigger: ".o_ops_approval_decision select",
            run: "selectByLabel No budget",
        },
        say("Not before next quarter."),
        confirm,
        {
            content: "Rejected, with reason and words",
            trigger: `${PANEL}[data-state=rejected] [data-kind=reject]:contains(No budget):contains(Not before next quarter.)`,
        },
    ],
});

tours.add("healthcare_ops_supply.approval_stale", {
    steps: () => [
        {
            content: "The first version is shown; meanwhile the buyer changes the order",
            trigger: `${PANEL}[data-version='1'][data-state=pending]`,
            run: async () => {
                const id = Number(window.location.pathname.split("/").pop());
                await rpc("/web/dataset/call_kw/ops.approval.request/panel_data", {
                    model: "ops.approval.request",
                    method: "panel_data",
                    args: [[id]],
                    kwargs: {context: {tour_changes_order: true}},
                });
            },
        },
        press("approve"),
        confirm,
        {
            content: "It is refused; the panel shows the new version and says what changed",
            trigger: `${PANEL}[data-version='2']:has(.o_ops_approval_refusal:contains(version 2 now)) .o_ops_approval_refusal li:contains(1,000.00 → 1,500.00)`,
        },
        press("approve"),
        confirm,
        {
            content: "Now it is approved",
            trigger: `${PANEL}[data-state=approved]:not(:has(.o_ops_approval_refusal))`,
        },
    ],
});

tours.add("healthcare_ops_supply.approval_bulk", {
    steps: () => [
        {
            content: "Choose all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {content: "Decide", trigger: "button[name=action_open_bulk]", run: "click"},
        {
            content: "Both are listed with amount and version",
            trigger:
                ".modal .o_data_row:contains(6,000.00) ~ .o_data_row:contains(7,000.00), .modal .o_data_row:contains(7,000.00) ~ .o_data_row:contains(6,000.00)",
        },
        {
            content: "Approve",
            trigger: ".modal footer button[name=action_decide]:contains(Approve all of these)",
            run: "click",
        },
        {
            content: "An answer for each",
            trigger:
                ".modal:has(.o_data_row:contains(Done):contains(Waiting for approval)) .o_data_row:contains(Refused):contains(not your turn)",
        },
        {content: "Close", trigger: ".modal footer button:contains(Close)", run: "click"},
        {content: "The list is there again", trigger: "body:not(:has(.modal)) .o_list_view"},
    ],
});

tours.add("healthcare_ops_supply.approval_reader", {
    steps: () => [
        {
            content: "Who only reads is offered no decision",
            trigger: `${PANEL}[data-state=pending]:not(:has([data-decision]))`,
        },
        {
            content: "And reads the decisions as they are kept",
            trigger: ".o_notebook a[name=decisions]",
            run: "click",
        },
        {
            content: "With who, what and when",
            trigger: ".tab-pane.active .o_data_row:contains(Lead):contains(Approved)",
        },
    ],
});

tours.add("healthcare_ops_supply.approval_phone", {
    steps: () => [
        {
            content: "The panel is as wide as the phone, and nothing of it is cut off",
            trigger: `${PANEL} [data-decision=approve]`,
            run: () => {
                const panel = document.querySelector(PANEL);
                const inside = [panel, ...panel.querySelectorAll("button, .o_ops_approval_stage")];
                for (const element of inside) {
                    const {left, right} = element.getBoundingClientRect();
                    if (left < 0 || right > window.innerWidth) {
                        throw new Error(`cut off at ${left} to ${right}: ${element.outerHTML}`);
                    }
                }
                const [first, second] = panel.querySelectorAll(".o_ops_approval_step");
                const below = first.getBoundingClientRect().bottom;
                if (second.getBoundingClientRect().top < below) {
                    throw new Error("steps stand beside each other");
                }
            },
        },
        press("return"),
        say("Ask the other vendor, too."),
        confirm,
        {
            content: "It went back",
            trigger: `${PANEL}[data-state=returned]:contains(Ask the other vendor, too.)`,
        },
    ],
});
