import {registry} from "@web/core/registry";

const tours = registry.category("web_tour.tours");

// An auditor verifies after somebody changed the database, and sees which entry it was.
tours.add("healthcare_ops_automation.trail_verify", {
    steps: () => [
        {
            content: "Verify, from the audit trail",
            trigger: ".o_control_panel button:contains(Verify)",
            run: "click",
        },
        {
            content: "The chain of the company",
            trigger: ".modal .o_field_widget[name=chain] input",
            run: "click",
        },
        {
            content: "This one",
            trigger: ".o_select_menu_item:contains(Chain and Sons)",
            run: "click",
        },
        {
            content: "Verify it",
            trigger: ".modal footer button[name=action_verify]",
            run: "click",
        },
        {
            content: "It says so in red",
            trigger: ".o_form_view .alert-danger:contains(tampered with):contains(2)",
        },
        {
            content: "The entry that was removed is named, with its seal",
            trigger: ".o_ops_findings tr:contains(Removed):contains(Audit Entry):contains(2)",
        },
        {
            content: "The entry that was changed is named, and leads to it",
            trigger:
                ".o_ops_findings tr:contains(Changed) a[href*='/odoo/ops.audit.entry/']:contains(Audit Entry)",
        },
    ],
});

// The link opens the entry in a tab of its own.
tours.add("healthcare_ops_automation.trail_entry", {
    steps: () => [
        {
            content: "It is marked",
            trigger: ".o_form_view [name=integrity]:contains(Changed)",
        },
        {
            content: "And says who is said to have done it",
            trigger: ".o_form_view [name=actor_label]:contains(Somebody else)",
        },
    ],
});
