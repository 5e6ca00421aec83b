import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const PANEL = ".o_ops_mine .o_ops_approval_panel";

const choose = (field, name, where = "") => [
    {
        content: `Choose ${name}`,
        trigger: `${where} .o_field_widget[name=${field}] input`,
        run: `edit ${name}`,
    },
    {
        content: `It is ${name}`,
        trigger: `.o-autocomplete--dropdown-item a:contains(${name})`,
        run: "click",
    },
];

// Who is away says who stands in; see test_purchase_absence_browser.py.
tours.add("healthcare_ops_supply.absence_away", {
    steps: () => [
        {
            content: "Nobody is away: begin",
            trigger: ".o_view_nocontent:contains(Nobody is away)",
        },
        {content: "New", trigger: ".o_list_button_add", run: "click"},
        {
            content: "The form is there",
            trigger: ".o_form_view .o_field_widget[name=user_id]:contains(Lead), .o_form_view",
        },
        ...choose("delegate_id", "Deputy"),
        {content: "Why", trigger: ".o_field_widget[name=reason] input", run: "edit On leave"},
        {
            content: "Until when",
            trigger: ".o_field_widget[name=date_to] button, .o_field_widget[name=date_to] input",
            run: "click",
        },
        {
            content: "In a year is too long",
            trigger: ".o_field_widget[name=date_to] input",
            run: `edit ${luxon.DateTime.now().plus({days: 9}).toFormat("MM/dd/yyyy HH:mm:ss")}`,
        },
        {content: "Leave the field", trigger: ".o_field_widget[name=reason] input", run: "click"},
        {content: "Save", trigger: ".o_form_button_save", run: "click"},
        {
            content: "It is in force and cannot be changed any more",
            trigger:
                ".o_form_view:has(.o_arrow_button_current:contains(In force)):has(.alert:contains(has begun)) button[name=action_end]",
        },
    ],
});

// Who stands in decides, and sees for whom.
tours.add("healthcare_ops_supply.absence_deputy", {
    steps: () => [
        {
            content: "The page says for whom, and so does the line",
            trigger:
                ".o_ops_mine:has(.o_ops_mine_standing_in:contains(Lead)) .o_ops_mine_row.active:contains(for Lead)",
        },
        {
            content: "No abstaining in somebody's place; approve",
            trigger: `${PANEL}:has([data-stage=Lead]:contains(Deputy stands in)):not(:has([data-decision=abstain])) button[data-decision=approve]`,
            run: "click",
        },
        {
            content: "The form says for whom it is",
            trigger: ".o_ops_approval_decision:contains(for Lead) textarea",
            run: "edit Checked for the lead.",
        },
        {
            content: "Decide",
            trigger: ".o_ops_approval_decision .o_ops_approval_confirm:enabled",
            run: "click",
        },
        {content: "Nothing waits any more", trigger: ".o_ops_mine_body[data-total='0']"},
    ],
});

// A manager hands over what somebody leaves behind.
tours.add("healthcare_ops_supply.absence_handover", {
    steps: () => [
        ...choose("user_id", "Lead", ".modal"),
        {
            content: "What there is, and what an administrator changes by hand",
            trigger:
                ".modal:has(.o_data_row:contains(Decisions that wait)):has(.o_data_row:contains(Purchasing))",
        },
        ...choose("successor_id", "Deputy", ".modal"),
        {
            content: "Why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit Leaves us",
        },
        {
            content: "Hand over",
            trigger: ".modal footer button[name=action_hand_over]",
            run: "click",
        },
        {
            content: "An answer for each: one went, one could not, and why",
            trigger:
                ".modal:has(.o_data_row:contains(Deputy has it now)) .o_data_row:contains(cannot be asked)",
        },
        {content: "Close", trigger: ".modal footer button:contains(Close)", run: "click"},
        {content: "Closed", trigger: "body:not(:has(.modal))"},
    ],
});
