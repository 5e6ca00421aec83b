import {Component} from "@odoo/owl";

import {_t} from "@web/core/l10n/translation";
import {registry} from "@web/core/registry";
import {humanSize} from "@web/core/utils/binary";
import {url} from "@web/core/utils/urls";
import {FileUploader} from "@web/views/fields/file_handler";
import {standardFieldProps} from "@web/views/fields/standard_field_props";

/**
 * The documents of a request: a place for each that its kind asks for, with the button beside it,
 * and any number of others.
 */
export class RequestDocuments extends Component {
    static template = "healthcare_ops_approvals.RequestDocuments";
    static components = {FileUploader};
    static props = {...standardFieldProps};

    get list() {
        return this.props.record.data[this.props.name];
    }

    /** Places left empty are of no interest to who only reads. */
    get documents() {
        const {records} = this.list;
        return this.props.readonly ? records.filter((each) => each.data.file) : records;
    }

    link(document) {
        const {resId, resModel} = document;
        const saved = resId && !document.dirty;
        return saved && url(`/web/content/${resModel}/${resId}/file`, {download: true});
    }

    size(document) {
        return document.data.size && !document.dirty ? humanSize(document.data.size) : "";
    }

    removeLabel(document) {
        return _t("Remove %s", document.data.filename || document.data.name);
    }

    attach(document, {data, name}) {
        return document.update({file: data, filename: name});
    }

    async add({data, name}) {
        const document = await this.list.addNewRecord({position: "bottom"});
        await document.update({name, file: data, filename: name});
    }

    /** The place stays when the kind asks for it. */
    remove(document) {
        if (document.data.kind_id) {
            return document.update({file: false, filename: false});
        }
        return this.list.delete(document);
    }
}

registry.category("fields").add("ops_request_documents", {
    component: RequestDocuments,
    displayName: _t("Documents of a request"),
    supportedTypes: ["one2many"],
    isEmpty: () => false,
    relatedFields: [
        {name: "name", type: "char", readonly: false},
        {
            name: "kind_id",
            type: "many2one",
            relation: "ops.request.category.document",
            readonly: false,
        },
        {name: "file", type: "binary", readonly: false},
        {name: "filename", type: "char", readonly: false},
        {name: "required", type: "boolean", readonly: true},
        {name: "hint", type: "char", readonly: true},
        {name: "size", type: "integer", readonly: true},
    ],
});
