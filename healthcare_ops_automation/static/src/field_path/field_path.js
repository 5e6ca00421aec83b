import {xml} from "@odoo/owl";
import {registry} from "@web/core/registry";
import {
    FieldSelectorField,
    fieldSelectorField,
} from "@web/views/fields/field_selector/field_selector_field";

// Types that have no plain value an event could carry; the server refuses them, too.
const NOT_SENDABLE = new Set([
    "binary",
    "json",
    "many2one_reference",
    "properties",
    "properties_definition",
    "reference",
]);

/**
 * Odoo's own selector, which also says the labels of a field while nobody edits it, and offers
 * only what an event can carry.
 */
export class FieldPathField extends FieldSelectorField {
    static template = xml`<ModelFieldSelector t-props="selectorProps" />`;

    filter(fieldDef) {
        return !NOT_SENDABLE.has(fieldDef.type) && super.filter(fieldDef);
    }
}

registry.category("fields").add("ops_field_path", {
    ...fieldSelectorField,
    component: FieldPathField,
});
