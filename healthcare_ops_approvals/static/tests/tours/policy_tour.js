import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// An administrator builds a policy without code; another one publishes it. See the tests of the
// supply pack, which has documents under approval (test_purchase_approval_browser.py).
tours.add("healthcare_ops_approvals.policy_built", {
    steps: () => [
        {content: "A new policy", trigger: ".o_list_button_add", run: "click"},
        {
            content: "Its name",
            trigger: ".o_field_widget[name=name] input, .o_field_widget[name=name] textarea",
            run: "edit Tour purchase orders",
        },
        {
            content: "About purchase orders",
            trigger: ".o_field_widget[name=model_id] input",
            run: "edit Purchase Order",
        },
        {
            content: "These",
            trigger: ".o-autocomplete--dropdown-item:contains(Purchase Order)",
            run: "click",
        },
        {content: "Save", trigger: ".o_form_button_save", run: "click"},
        {
            content: "It says that it is not in force; work on the draft",
            trigger:
                ".o_form_view:has(.alert:contains(Not in force yet)) button[name=action_new_draft]:contains(Work on a draft)",
            run: "click",
        },
        {
            content: "A row",
            trigger: ".o_field_widget[name=row_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "Its name",
            trigger: ".modal .o_field_widget[name=name] input",
            run: "edit All orders",
        },
        {
            content: "Somebody has to approve",
            trigger: ".modal .o_field_widget[name=stage_ids] .o_field_x2many_list_row_add a",
            run: "click",
        },
        {
            content: "The stage's name",
            trigger:
                ".modal:has(.o_field_widget[name=approver_kind]) .o_field_widget[name=name] input",
            run: "edit Lead",
        },
        {
            content: "Not whoever has a role at the site, but",
            trigger: ".modal .o_field_widget[name=approver_kind] input",
            run: "click",
        },
        {
            content: "Named people",
            trigger: ".o_select_menu_item:contains(Named)",
            run: "click",
        },
        {
            content: "Who",
            trigger: ".modal .o_field_widget[name=user_ids] input",
            run: "edit Tour Lead",
        },
        {
            content: "The lead",
            trigger: ".o-autocomplete--dropdown-item:contains(Tour Lead)",
            run: "click",
        },
        {
            content: "The stage is done",
            trigger:
                ".modal:has(.o_field_widget[name=approver_kind]):has(.o_tag:contains(Tour Lead)) .o_form_button_save",
            run: "click",
        },
        {
            content: "The row is done",
            trigger:
                "body:not(:has(.o_field_widget[name=approver_kind])) .modal:has(.o_data_row:contains(Lead)) .o_form_button_save",
            run: "click",
        },
        {
            content: "Save the draft",
            trigger: "body:not(:has(.modal)) .o_form_button_save",
            run: "click",
        },
        {
            content: "It is saved",
            trigger: ".o_form_view:has(.o_form_status_indicator_buttons.invisible)",
        },
        {
            content: "Who edited it last does not publish it: the button is not there",
            trigger:
                ".o_form_view:not(:has(button[name=action_publish])) .alert:contains(another operations administrator)",
        },
    ],
});

tours.add("healthcare_ops_approvals.policy_published", {
    steps: () => [
        {content: "Read the table", trigger: ".o_notebook a[name=table]", run: "click"},
        {
            content: "It says who approves what",
            trigger: ".tab-pane.active table:contains(All orders):contains(Lead)",
        },
        {content: "Publish", trigger: "button[name=action_publish]", run: "click"},
        {
            content: "Sure",
            trigger: ".modal:contains(cannot be changed) .modal-footer .btn-primary",
            run: "click",
        },
        {
            content: "It is in force",
            trigger:
                "body:not(:has(.modal)) .o_form_view .o_arrow_button_current:contains(In force)",
        },
    ],
});
