"""SOAP envelopes as applications of this kind of device write them: SOAP 1.1, a default namespace inside."""

SOAP_NS = "http://schemas.xmlsoap.org/soap/envelope/"
LON_NS = "http://wsdl.echelon.com/web_services_ns/ilon100/v4.0/message/"
SOAP, LON = f"{{{SOAP_NS}}}", f"{{{LON_NS}}}"


def envelope(body, header=""):
    return f"""<SOAP-ENV:Envelope SOAP-ENV:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"
        xmlns:SOAP-ENV="{SOAP_NS}" xmlns:xsd="http://www.w3.org/2001/XMLSchema"
        xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{header}<SOAP-ENV:Body>{body}</SOAP-ENV:Body>
        </SOAP-ENV:Envelope>"""


def call(verb, inside=""):
    return envelope(f'<{verb} xmlns="{LON_NS}">{inside}</{verb}>')


def item(name, more=""):
    return f"<iLonItem><Item><UCPTname>{name}</UCPTname>{more}</Item></iLonItem>"


def value(text):
    return f'<UCPTvalue LonFormat="UCPTvalueDef">{text}</UCPTvalue><UCPTpriority>255</UCPTpriority>'


def body(answer):
    """What stands in the body of an envelope: one element."""
    [inside] = answer.find(SOAP + "Body")
    return inside
