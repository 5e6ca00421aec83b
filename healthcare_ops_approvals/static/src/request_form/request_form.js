import {registry} from "@web/core/registry";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";

/**
 * The form of a request. Nothing of it is required before it is submitted, so Odoo would keep a
 * draft of every form that was only looked at; and its questions are set up on the kind.
 */
export class RequestFormController extends FormController {
    async beforeUnload(ev) {
        const {isNew, dirty} = this.model.root;
        if (!isNew || dirty) {
            await super.beforeUnload(ev);
        }
    }

    getStaticActionMenuItems() {
        const items = super.getStaticActionMenuItems();
        delete items.addPropertyFieldValue;
        return items;
    }
}

registry.category("views").add("ops_request_form", {
    ...formView,
    Controller: RequestFormController,
});
