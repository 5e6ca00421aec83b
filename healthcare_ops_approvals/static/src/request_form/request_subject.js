import {Domain} from "@web/core/domain";
import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {user} from "@web/core/user";
import {Many2OneReferenceField} from "@web/views/fields/many2one_reference/many2one_reference_field";

const reference = registry.category("fields").get("many2one_reference");

/**
 * The record that a request is about: of the model and the filter that its kind names.
 */
export class RequestSubject extends Many2OneReferenceField {
    get m2oProps() {
        const {subject_domain} = this.props.record.data;
        const domain = new Domain(subject_domain || "[]").toList(user.context);
        return {...super.m2oProps, domain: () => domain};
    }
}

registry.category("fields").add("ops_request_subject", {
    ...reference,
    component: RequestSubject,
    displayName: _t("What a request is about"),
    fieldDependencies: [{name: "subject_domain", type: "char"}],
});
