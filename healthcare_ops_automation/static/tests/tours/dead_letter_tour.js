import {registry} from "@web/core/registry";

// The manager opens a dead letter, reads why, finds its endpoint switched off, switches it on
// again, and has the letter sent once more.
registry.category("web_tour.tours").add("healthcare_ops_dead_letter_replay", {
    steps: () => [
        {
            content: "the dead letters are listed by their cause",
            trigger: ".o_group_header:contains('Wants no more events (410)')",
            run: "click",
        },
        {
            content: "open the one of the supplier desk",
            trigger: ".o_data_row:contains('Tour supplier desk') td[name=record_name]",
            run: "click",
        },
        {
            content: "read why it was given up, and what to do",
            trigger: ".alert-danger:contains('410'):contains('activate the endpoint')",
        },
        {
            content: "the endpoint is disabled, so a replay is refused in words",
            trigger: "button[name=action_replay]:contains('Replay')",
            run: "click",
        },
        {
            content: "it says why",
            trigger: ".modal .alert-warning:contains('is disabled: activate it first')",
        },
        {
            content: "leave it",
            trigger: ".modal button[special=cancel]",
            run: "click",
        },
        {
            content: "go to the endpoint",
            trigger: "body:not(:has(.modal)) .o_field_widget[name=endpoint_id] a",
            run: "click",
        },
        {
            content: "its page says how it is doing, and what it answered",
            trigger: ".o_ops_board:contains('Disabled'):contains('no more events, we moved')",
        },
        {
            content: "the manager sees no address and no secrets",
            trigger:
                ".o_form_view:not(:has(.o_field_widget[name=url])):not(:has(.o_field_widget[name=secret_out]))",
        },
        {
            content: "switch it on again",
            trigger: "button[name=action_activate]",
            run: "click",
        },
        {
            content: "it is active",
            trigger: ".o_arrow_button_current[data-value=active]",
        },
        {
            content: "replay what was given up for this cause",
            trigger: ".o_ops_board_cause[data-cause=gone] button.o_ops_replay",
            run: "click",
        },
        {
            content: "one event will be sent again",
            trigger: ".modal:contains('will be sent again')",
        },
        {
            content: "say why",
            trigger: ".modal .o_field_widget[name=reason] input",
            run: "edit The supplier desk is back",
        },
        {
            content: "replay",
            trigger: ".modal button[name=action_confirm]:contains('Replay')",
            run: "click",
        },
        {
            content: "it is told",
            trigger: ".o_notification:contains('1 event will be sent again')",
        },
        {
            content: "nothing is given up any more",
            trigger: ".o_ops_board:not(:has(.o_ops_board_cause))",
        },
        {
            content: "the endpoint's chatter says who replayed and why",
            trigger: ".o-mail-Message:contains('1 event replayed: The supplier desk is back')",
        },
    ],
});

// Afterwards it is there, and the exception closed itself.
registry.category("web_tour.tours").add("healthcare_ops_dead_letter_delivered", {
    steps: () => [
        {
            content: "it is delivered",
            trigger: ".o_arrow_button_current[data-value=delivered]",
        },
        {
            content: "with the reason why it was replayed",
            trigger: ".o_field_widget[name=override_reason]:contains('The supplier desk is back')",
        },
        {
            content: "open the exception that told of it",
            trigger: ".o_field_widget[name=exception_id] a",
            run: "click",
        },
        {
            content: "it closed itself",
            trigger: ".o_arrow_button_current[data-value=resolved]",
        },
    ],
});
