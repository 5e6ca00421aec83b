import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {PropertiesField, propertiesField} from "@web/views/fields/properties/properties_field";

/**
 * The questions of a kind of request, on a request. They are Odoo's properties; what they are is
 * said on the kind, never here. Which of them have to be answered, and in whose words, the server
 * tells in `question_hints`.
 */
export class RequestQuestions extends PropertiesField {
    static template = "healthcare_ops_approvals.RequestQuestions";

    hint(name) {
        return this.props.record.data.question_hints?.[name] || {};
    }

    async checkDefinitionWriteAccess() {
        return false;
    }

    _getPropertyEditWarningText() {
        return _t("Questions are set up on the kind of request, by an administrator.");
    }
}

registry.category("fields").add("ops_request_questions", {
    ...propertiesField,
    component: RequestQuestions,
    displayName: _t("Questions of a request"),
    fieldDependencies: [{name: "question_hints", type: "json"}],
});
