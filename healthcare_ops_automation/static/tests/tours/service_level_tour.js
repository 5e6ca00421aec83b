import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// See test_ops_sla_words.py.
tours.add("healthcare_ops_automation.service_level", {
    steps: () => [
        {
            content: "Begin a new policy",
            trigger: ".o_list_button_add",
            run: "click",
        },
        {
            content: "Name it",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit First answer",
        },
        {
            content: "Say what is measured",
            trigger: ".o_field_widget[name=model_id] input",
            run: "edit Operations Exception",
        },
        {
            content: "Choose it",
            trigger: ".o-autocomplete--dropdown-item:contains(Operations Exception)",
            run: "click",
        },
        {
            content: "What stops the clock: a filter of one's own",
            trigger: ".o_field_widget[name=stop_domain] .o_tree_editor a:contains(New Rule)",
            run: "click",
        },
        {
            content: "By the state of the record",
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
            content: "It is waited for that it is in work",
            trigger:
                ".o_field_widget[name=stop_domain] .o_tree_editor_condition > .o_tree_editor_editor:last-child select",
            run: "selectByLabel In work",
        },
        {
            content: "Targets",
            trigger: ".o_notebook a[name=targets]",
            run: "click",
        },
        {
            content: "It says that a target is needed; add one",
            trigger:
                ".tab-pane:has(.alert:contains(Without a target)) .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Name the target",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit All of them",
        },
        {
            content: "Two hours",
            trigger: ".modal .o_field_widget[name=budget_hours] input",
            run: "edit 2:00",
        },
        {
            content: "Done with the target",
            trigger: ".modal .o_form_button_save",
            run: "click",
        },
        {
            content: "Save the policy",
            trigger: "body:not(:has(.modal)) .o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved: it counts its clocks",
            trigger: "button[name=action_open_clocks]:contains(Running)",
        },
    ],
});

tours.add("healthcare_ops_automation.service_level_badge", {
    steps: () => [
        {
            content: "The form says how much time there is; open the clock",
            trigger: ".o_ops_sla_clocks button.text-bg-success:contains(First response due in)",
            run: "click",
        },
        {
            content: "The clock with its policy",
            trigger: ".o_form_view .o_field_widget[name=policy_id]:contains(First answer)",
        },
    ],
});
