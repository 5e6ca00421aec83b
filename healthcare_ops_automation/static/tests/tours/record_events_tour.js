import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const BUTTON = ".o_widget_ops_record_events button";

// The button of a record's events, see test_record_events.py.
tours.add("healthcare_ops_automation.record_events", {
    steps: () => [
        {
            content: "The other company's event is not counted",
            trigger: `${BUTTON}:contains(Events) .o_stat_value:text(1)`,
        },
        {
            content: "Edit the record",
            trigger: ".o_field_widget[name=email] input",
            run: "edit buyer@example.com",
        },
        {
            content: "Save it, by which another event happens",
            trigger: ".o_form_button_save",
            run: "click",
        },
        {
            content: "It is counted; open the events",
            trigger: `${BUTTON}:has(.o_stat_value:text(2))`,
            run: "click",
        },
        {
            content: "They are the two counted ones",
            trigger:
                ".o_list_view:has(.o_data_row + .o_data_row):not(:has(.o_data_row + .o_data_row + .o_data_row)) .o_data_row:contains(Shared supplier)",
        },
        {
            content: "Back at the record",
            trigger: ".o_back_button a, .breadcrumb-item a:contains(Shared supplier)",
            run: "click",
        },
        {
            content: "The button is there again",
            trigger: `${BUTTON} .o_stat_value:text(2)`,
        },
    ],
});

tours.add("healthcare_ops_automation.record_without_events", {
    steps: () => [
        {
            content: "The form is shown",
            trigger: ".o_form_view .o_field_widget[name=email]",
        },
        {
            content: "Whatever is asked for was answered",
            trigger: "body:not(.o_loading)",
            run: () => new Promise((resolve) => setTimeout(resolve, 500)),
        },
        {
            content: "No button",
            trigger: `.o_form_view:not(:has(${BUTTON}))`,
        },
    ],
});

tours.add("healthcare_ops_automation.event_in_place", {
    steps: () => [
        {
            content: "The delivery, how far it is and what was answered; open it",
            trigger:
                ".o_field_widget[name=delivery_ids] .o_data_row:contains(Warehouse system):contains(Will be retried):contains(503) td[name=state]",
            run: "click",
        },
        {
            content: "Its attempts; open one",
            trigger:
                ".modal .o_field_widget[name=attempt_ids] .o_data_row:contains(cannot take the event now) td[name=http_status]",
            run: "click",
        },
        {
            content: "What the receiver answered",
            trigger: ".modal .o_field_widget[name=response]:contains(down for maintenance)",
        },
        {
            content: "Close the attempt",
            trigger: ".modal:has(.o_field_widget[name=response]) .btn-close",
            run: "click",
        },
        {
            content: "Close the delivery",
            trigger:
                "body:not(:has(.modal .o_field_widget[name=response])) .modal:has(.o_field_widget[name=attempt_ids]) .btn-close",
            run: "click",
        },
        {
            content: "Open the chain",
            trigger: "body:not(:has(.modal)) button[name=action_open_chain]:contains(2)",
            run: "click",
        },
        {
            content: "Both events of it",
            trigger: ".o_list_view .o_data_row:contains(Harbour Clinic)",
        },
        {
            content: "And the one it began with",
            trigger: ".o_list_view .o_data_row:contains(Shared supplier)",
        },
    ],
});
