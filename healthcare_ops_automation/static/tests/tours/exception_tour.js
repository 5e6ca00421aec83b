import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const REVIEW = ".o_ops_review";

// A member of the team takes an exception from the board, works on it and resolves it.
tours.add("healthcare_ops_automation.exception_queue", {
    steps: () => [
        {
            content: "The team's exception stands on the board, in words; open it",
            trigger:
                ".o_kanban_view .o_kanban_record:contains(Harbour Clinic):contains(High):contains(2 times)",
            run: "click",
        },
        {
            content: "What happened stands on top",
            trigger: ".o_form_view .o_field_widget[name=reason]:contains(The pump stopped.)",
        },
        {
            content: "The timeline tells of the repeat",
            trigger: ".o_ops_timeline_item:contains(Happened again)",
        },
        {
            content: "Take it",
            trigger: "button[name=action_take]",
            run: "click",
        },
        {
            content: "It is in work, and the timeline says so",
            trigger:
                ".o_form_view:has(.o_arrow_button_current:contains(In work)) .o_ops_timeline_item:contains(In work)",
        },
        {
            content: "Resolve it",
            trigger:
                "button[name=action_open_resolve].oe_highlight, button[name=action_open_resolve]",
            run: "click",
        },
        {
            content: "Say how in words",
            trigger: ".modal .o_field_widget[name=resolution] textarea",
            run: "edit The filter was changed.",
        },
        {
            content: "Choose a code",
            trigger: ".modal .o_field_widget[name=resolution_id] input",
            run: "edit Cause mended",
        },
        {
            content: "This one",
            trigger:
                ".modal .dropdown-item:contains(Cause mended), .o-autocomplete--dropdown-item:contains(Cause mended)",
            run: "click",
        },
        {
            content: "Confirm",
            trigger: ".modal footer button[name=action_apply]:contains(Resolve)",
            run: "click",
        },
        {
            content: "It is resolved, with code and words",
            trigger:
                "body:not(:has(.modal)) .o_form_view .alert-success:contains(Cause mended) .o_field_widget[name=resolution]:contains(The filter was changed.)",
        },
        {
            content: "The timeline ends with it",
            trigger:
                ".o_ops_timeline_item:first-child:contains(Resolved), .o_ops_timeline_item:contains(Resolved)",
        },
    ],
});

// Several at once: what was done and what was refused.
tours.add("healthcare_ops_automation.exception_triage", {
    steps: () => [
        {
            content: "Choose all",
            trigger: ".o_list_view thead .o_list_record_selector input",
            run: "click",
        },
        {
            content: "Triage them",
            trigger:
                ".o_control_panel button[name=action_open_triage], button[name=action_open_triage]",
            run: "click",
        },
        {
            content: "Two of them; another severity",
            trigger:
                ".modal:contains(2 exceptions) .o_field_widget[name=severity] input, .modal:contains(2 exceptions) .o_field_widget[name=severity] select",
            run: "click",
        },
        {
            content: "Critical",
            trigger: ".o_select_menu_item:contains(Critical)",
            run: "click",
        },
        {
            content: "Apply",
            trigger: ".modal footer button[name=action_apply]:visible",
            run: "click",
        },
        {
            content: "One was done",
            trigger:
                ".modal .o_data_row:contains(Harbour Clinic):contains(Done):contains(Severity: Critical)",
        },
        {
            content: "The other was refused, with the reason",
            trigger:
                ".modal .o_data_row:contains(Hill Clinic):contains(Refused):contains(Only its owner)",
        },
        {
            content: "Close",
            trigger: ".modal footer button:contains(Close)",
            run: "click",
        },
        {
            content: "The list is there again",
            trigger: "body:not(:has(.modal)) .o_list_view",
        },
    ],
});

// The daily review: by keyboard where it can be, resumed after a reload, and held.
tours.add("healthcare_ops_automation.exception_review_begin", {
    steps: () => [
        {
            content: "Three to look at; begin",
            trigger: `${REVIEW}:has([data-group=new]:contains(3)) .o_ops_review_begin:contains(3 to look at)`,
            run: "click",
        },
        {
            content: "The first, with what happened",
            trigger: `${REVIEW}_stage:contains(The first broke.)`,
        },
        {
            content: "Keep it: K",
            trigger: `${REVIEW}_stage`,
            run: "press k",
        },
        {
            content: "One is done and the second is there",
            trigger: `${REVIEW}:has(.o_ops_review_progress:contains(1 of 3)) .o_ops_review_stage:contains(The second broke.)`,
        },
    ],
});
tours.add("healthcare_ops_automation.exception_review_finish", {
    steps: () => [
        {
            content: "It goes on with the second",
            trigger: `${REVIEW}:has(.o_ops_review_progress:contains(1 of 3)) .o_ops_review_stage:contains(The second broke.)`,
        },
        {
            content: "Resolve it: R",
            trigger: `${REVIEW}_stage`,
            run: "press r",
        },
        {
            content: "Which code",
            trigger: `${REVIEW}_code input`,
            run: "edit Cause mended",
        },
        {
            content: "This one",
            trigger: ".o-autocomplete--dropdown-item:contains(Cause mended)",
            run: "click",
        },
        {
            content: "In words",
            trigger: `${REVIEW}_words`,
            run: "edit Replaced this morning.",
        },
        {
            content: "Decide",
            trigger: `${REVIEW}_confirm`,
            run: "click",
        },
        {
            content: "The third; accept without words",
            trigger: `${REVIEW}_stage:contains(The third broke.) button[data-decision=accepted]`,
            run: "click",
        },
        {
            content: "Say why",
            trigger: `${REVIEW}_words`,
            run: "edit It does no harm.",
        },
        {
            content: "Decide by keyboard",
            trigger: `${REVIEW}_words`,
            run: "press ctrl+Enter",
        },
        {
            content: "All were looked at; the outcome",
            trigger: `${REVIEW}:has(.o_ops_review_progress:contains(3 of 3)) .o_ops_review_finish textarea`,
            run: "edit One mended, one accepted.",
        },
        {
            content: "Held",
            trigger: `${REVIEW}_held:enabled`,
            run: "click",
        },
        {
            content: "It says so, and offers no decision any more",
            trigger: `${REVIEW}:has(.alert-success:contains(One mended, one accepted.)):not(:has(.o_ops_review_decisions)) .badge:contains(Held)`,
        },
    ],
});
