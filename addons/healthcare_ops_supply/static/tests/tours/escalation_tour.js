import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");
const MODAL = ".modal .o_form_renderer";

// An administrator builds "a delayed purchase order escalates" from nothing, without code.
// See test_tour_escalation.py.
tours.add("healthcare_ops_supply.escalation_built", {
    steps: () => [
        {
            content: "From the menu",
            trigger: ".o_menu_sections button:contains(Configuration)",
            run: "click",
        },
        {
            content: "To the escalation policies",
            trigger: ".o-dropdown--menu .dropdown-item:contains(Escalation policies)",
            run: "click",
        },
        {
            content: "They are listed",
            trigger: ".o_breadcrumb .active:contains(Escalation policies)",
        },
        {
            content: "Begin a new policy",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit Tour order waits too long",
        },
        {
            content: "Say what is escalated",
            trigger: ".o_field_widget[name=model_id] input",
            run: "edit Purchase Order",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item a:text(Purchase Order)",
            run: "click",
        },
        {
            content: "Who is responsible was found",
            trigger: ".o_field_widget[name=responsible_field_id] input:value(Buyer)",
        },
        {
            content: "It stops by a filter of one's own",
            trigger: ".o_field_widget[name=stop_domain] .o_tree_editor a:contains(New Rule)",
            run: "click",
        },
        {
            content: "By the state of the order",
            trigger:
                ".o_field_widget[name=stop_domain] .o_tree_editor_condition .o_model_field_selector",
            run: "click",
        },
        {
            content: "Look for the status",
            trigger: ".o_model_field_selector_popover_search input",
            run: "edit Status",
        },
        {
            content: "Choose it",
            trigger: ".o_model_field_selector_popover_item[data-name=state] button",
            run: "click",
        },
        {
            content: "Once it is ordered",
            trigger:
                ".o_field_widget[name=stop_domain] .o_tree_editor_condition > .o_tree_editor_editor:last-child select",
            run: "selectByLabel Purchase Order",
        },
        {
            content: "Add the first step",
            trigger: ".o_field_widget[name=step_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "After two hours",
            trigger: `${MODAL} .o_field_widget[name=delay_hours] input`,
            run: "edit 2:00",
        },
        {
            content: "An activity for the responsible person is suggested; of which type",
            trigger: `${MODAL} .o_field_widget[name=activity_type_id] input`,
            run: "edit To-Do",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item a:text(To-Do)",
            run: "click",
        },
        {
            content: "With a field of the order in its title",
            trigger: `${MODAL} .o_field_widget[name=summary] input`,
            run: "edit Order {{ object.name }}",
        },
        {
            content: "Done with it",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Add the second step",
            trigger:
                "body:not(:has(.modal)) .o_field_widget[name=step_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "A day of work later",
            trigger: `${MODAL} .o_field_widget[name=delay_hours] input`,
            run: "edit 8:00",
        },
        {
            content: "It does something else",
            trigger: `${MODAL} .o_field_widget[name=kind] input`,
            run: "click",
        },
        {
            content: "Choose it",
            trigger: ".o_select_menu_item:contains(Go up the line)",
            run: "click",
        },
        {
            content: "Again with an activity",
            trigger: `${MODAL} .o_field_widget[name=activity_type_id] input`,
            run: "edit To-Do",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item a:text(To-Do)",
            run: "click",
        },
        {
            content: "Done with the steps",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "They say what they do; save the policy",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has(.o_data_row:contains(Activity for responsible person)):has(.o_data_row:contains(Go up the line)) .o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: "button[name=action_open_runs]:contains(Running)",
        },
        {
            content: "On to the automation rules, in the same menu",
            trigger: ".o_menu_sections button:contains(Configuration)",
            run: "click",
        },
        {
            content: "Open them",
            trigger: ".o-dropdown--menu .dropdown-item:contains(Automation rules)",
            run: "click",
        },
        {
            content: "Begin a new rule",
            trigger: ".o_control_panel button.o-kanban-button-new",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_form_renderer .oe_title .o_input",
            run: "edit Tour orders that wait",
        },
        {
            content: "About purchase orders, too",
            trigger: ".o_form_renderer .o_group div[name=model_id] input",
            run: "edit Purchase Order",
        },
        {
            content: "Choose them",
            trigger: ".o-autocomplete--dropdown-item a:text(Purchase Order)",
            run: "click",
        },
        {
            content: "When?",
            trigger: ".o_form_renderer #trigger_0",
            run: "click",
        },
        {
            content: "Some time after a date",
            trigger: ".o_select_menu_item:contains(Based on date field)",
            run: "click",
        },
        {
            content: "After which date?",
            trigger: ".o_form_renderer div[name=trg_date_id] input",
            run: "edit Order Deadline",
        },
        {
            content: "The order's deadline",
            trigger: ".o-autocomplete--dropdown-item a:contains(Order Deadline)",
            run: "click",
        },
        {
            content: "How long after it?",
            trigger: ".o_form_renderer div[name=trg_date_range] input",
            run: "edit 2",
        },
        {
            content: "What is to be done?",
            trigger: ".o_form_renderer div[name=action_server_ids] button",
            run: "click",
        },
        {
            content: "Start an escalation",
            trigger: `${MODAL} [name=state] span[value*=ops_start_escalation]`,
            run: "click",
        },
        {
            content: "By which policy?",
            trigger: `${MODAL} .o_field_widget[name=ops_escalation_policy_id] input`,
            run: "edit Tour order",
        },
        {
            content: "The one just made",
            trigger: ".o-autocomplete--dropdown-item a:contains(Tour order waits too long)",
            run: "click",
        },
        {
            content: "Its steps are shown",
            trigger: `${MODAL} .o_field_widget[name=ops_policy_steps]:contains(1. Activity for responsible person)`,
        },
        {
            content: "Done with the action",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Save the rule",
            trigger:
                "body:not(:has(.modal)) .o_form_view:has(.o_kanban_record:contains(Escalate: Tour order waits too long)) .o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_form_view:not(:has(.o_form_button_save:visible))",
        },
    ],
});

// Whoever opens the order sees that it is escalated, and what comes next.
tours.add("healthcare_ops_supply.escalation_seen", {
    steps: () => [
        {
            content: "The order is being escalated; open it",
            trigger:
                ".o_widget_ops_record_escalations button:contains(Being escalated):has(.o_stat_value:text(1))",
            run: "click",
        },
        {
            content: "The escalation of the order",
            trigger:
                ".o_list_view .o_data_row:contains(Tour order waits too long):contains(Running)",
        },
        {
            content: "Open it",
            trigger: ".o_data_row td[name=policy_id]",
            run: "click",
        },
        {
            content: "What was done, to whom, and what comes next",
            trigger:
                ".o_form_view:has(.alert-warning:contains(Go up the line)) .o_field_widget[name=log_ids] .o_data_row:contains(Tour Buyer):contains(Done)",
        },
        {
            content: "Stop it",
            trigger: "button[name=action_stop]",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".modal .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It has stopped, and says by whom",
            trigger: ".o_field_widget[name=end_reason]:contains(Stopped by)",
        },
    ],
});
