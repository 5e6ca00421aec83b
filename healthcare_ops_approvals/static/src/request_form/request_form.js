import {registry} from "@web/core/registry";
import {useBus} from "@web/core/utils/hooks";
import {FormController} from "@web/views/form/form_controller";
import {formView} from "@web/views/form/form_view";

/**
 * The form of a request. Nothing of it is required before it is submitted, so Odoo would keep a
 * draft of every form that was only looked at; and its questions are set up on the kind.
 */
export class RequestFormController extends FormController {
    setup() {
        super.setup();
        this.isTyping = false;
        useBus(this.model.bus, "FIELD_IS_DIRTY", ({detail}) => {
            this.isTyping = detail;
        });
    }

    get isOnlyLookedAt() {
        const {isNew, dirty} = this.model.root;
        return isNew && !dirty && !this.isTyping;
    }

    async beforeUnload(ev) {
        if (!this.isOnlyLookedAt) {
            await super.beforeUnload(ev);
        }
    }

    beforeVisibilityChange() {
        return this.isOnlyLookedAt || super.beforeVisibilityChange();
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
