import {registry} from "@web/core/registry";

// The operations user hands out a consumable: opens the picking and validates it.
registry.category("web_tour.tours").add("healthcare_ops_supply_validate_picking", {
    steps: () => [
        {
            content: "the picking is ready",
            trigger: ".o_arrow_button_current[data-value=assigned]",
        },
        {
            content: "validate it",
            trigger: "button[name=button_validate]",
            run: "click",
        },
        {
            content: "it is done",
            trigger: ".o_arrow_button_current[data-value=done]",
        },
    ],
});

// Afterwards the same user looks the item up, and sees what became of it.
registry.category("web_tour.tours").add("healthcare_ops_supply_see_answer", {
    steps: () => [
        {
            content: "the list of supply items shows that the item is below its level",
            trigger:
                ".o_data_row:contains('Tour syringe') .o_field_badge:contains('Below critical level')",
        },
        {
            content: "open the item",
            trigger: ".o_data_row:contains('Tour syringe') td[name=product_id]",
            run: "click",
        },
        {
            content: "the suppliers' answer is in the item's chatter",
            trigger:
                ".o-mail-Message:contains('Supplier availability checked'):contains('Tour vendor')",
        },
        {
            content: "and in its list of answers",
            trigger:
                ".o_field_widget[name=answer_ids] .o_data_row:contains('Tour vendor'):contains('400')",
        },
        {
            content: "open the item's events",
            trigger: ".o_widget_ops_record_events button:contains('Events')",
            run: "click",
        },
        {
            content: "open the event",
            trigger: ".o_data_row:contains('Stock below critical level') td[name=record_name]",
            run: "click",
        },
        {
            content: "it was delivered",
            trigger:
                ".o_field_widget[name=delivery_ids] .o_data_row:contains('Tour receiver'):contains('Delivered')",
        },
        {
            content: "and answered",
            trigger:
                ".o_field_widget[name=callback_ids] .o_data_row:contains('supply.availability.answered')",
        },
    ],
});
