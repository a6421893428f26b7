// The part of a browser's XMLHttpRequest that BOSH needs, over node's own http and https.

import http from 'node:http';
import https from 'node:https';
import { DOMParser } from '@xmldom/xmldom';

// Connections are kept, as browsers do: without that each request shakes hands anew.
const agents = { 'http:': new http.Agent({ keepAlive: true }), 'https:': new https.Agent({ keepAlive: true }) };

export class XMLHttpRequest {
    readyState = 0;
    status = 0;
    responseText = '';
    responseXML = null;
    onreadystatechange = null;
    #method;
    #url;
    #headers = {};
    #request;

    open(method, url) {
        this.#method = method;
        this.#url = new URL(url);
        this.#state(1);
    }

    setRequestHeader(name, value) {
        this.#headers[name] = value;
    }

    getAllResponseHeaders() {
        return '';
    }

    send(body) {
        const { request } = this.#url.protocol === 'https:' ? https : http;
        const agent = agents[this.#url.protocol];
        const options = { method: this.#method, headers: { ...this.#headers, 'Content-Length': Buffer.byteLength(body) }, agent };
        this.#request = request(this.#url, options, (response) => this.#receive(response));
        this.#request.on('error', (error) => this.#end(0, String(error)));
        this.#request.end(body);
    }

    abort() {
        this.onreadystatechange = null;
        this.#request?.destroy();
    }

    #receive(response) {
        const chunks = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('end', () => this.#end(response.statusCode, Buffer.concat(chunks).toString('utf8')));
        response.on('error', (error) => this.#end(0, String(error)));
    }

    #end(status, text) {
        if (this.readyState === 4) return;
        this.status = status;
        this.responseText = text;
        if (status === 200) this.responseXML = new DOMParser().parseFromString(text, 'text/xml');
        this.#state(4);
    }

    #state(state) {
        this.readyState = state;
        this.onreadystatechange?.();
    }
}
