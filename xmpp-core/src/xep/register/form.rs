//! As much of data forms (XEP-0004) as filling in a registration takes.

use std::fmt;

use crate::xml::{Builder, ElementRef, ns};

/// A form to fill in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Form {
    /// What a person should know.
    pub instructions: Option<String>,
    /// Its fields, hidden ones among them.
    pub fields: Vec<FormField>,
}

/// A field of a form. `Debug` shows no value: some are private.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FormField {
    /// Its name.
    pub var: String,
    /// Its type, such as `text-single`.
    pub kind: String,
    /// Its name for people.
    pub label: Option<String>,
    /// It must be filled in.
    pub required: bool,
    /// What it holds already.
    pub values: Vec<String>,
}

impl fmt::Debug for FormField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FormField")
            .field("var", &self.var)
            .field("kind", &self.kind)
            .field("required", &self.required)
            .finish_non_exhaustive()
    }
}

impl Form {
    /// Reads `<x xmlns='jabber:x:data' type='form'/>`. `None` for forms of another type, and for those that have nothing
    /// to fill in.
    #[must_use]
    pub fn parse(x: ElementRef<'_>) -> Option<Self> {
        if !x.is("x", ns::DATA_FORMS) || x.attr("type").as_deref() != Some("form") {
            return None;
        }
        let text = |element: ElementRef<'_>| element.text().trim().to_owned();
        let fields = x.children().filter(|child| child.is("field", ns::DATA_FORMS)).filter_map(|field| {
            let values = field.children().filter(|child| child.is("value", ns::DATA_FORMS));
            Some(FormField {
                var: field.attr("var")?.into_owned(),
                // What it is without a type (XEP-0004 §3.3).
                kind: field
                    .attr("type")
                    .map_or_else(|| "text-single".to_owned(), std::borrow::Cow::into_owned),
                label: field.attr("label").map(std::borrow::Cow::into_owned),
                required: field.child("required", ns::DATA_FORMS).is_some(),
                values: values.map(|value| value.text().into_owned()).collect(),
            })
        });
        let fields: Vec<FormField> = fields.filter(|field| field.kind != "fixed").collect();
        let form = Self { instructions: x.child("instructions", ns::DATA_FORMS).map(text), fields };
        form.fields.iter().any(|field| field.kind != "hidden").then_some(form)
    }

    /// Adds the form filled in: hidden fields as they came, what `answer` knows, and what is required as it stands. What is
    /// required and unknown is `missing`.
    pub(super) fn submit<'a>(
        &self,
        query: Builder,
        answer: impl Fn(&str) -> Option<&'a str>,
        missing: &mut Vec<String>,
    ) -> Builder {
        let mut form = query.open("x", ns::DATA_FORMS).attr("type", "submit");
        for field in &self.fields {
            let hidden = field.kind == "hidden";
            let values: Vec<&str> = match answer(&field.var).filter(|_| !hidden) {
                Some(answer) => vec![answer],
                None if hidden || field.required => field.values.iter().map(String::as_str).collect(),
                None => continue,
            };
            if field.required && values.is_empty() {
                missing.push(field.var.clone());
            }
            form = form.open("field", ns::DATA_FORMS).attr("var", &field.var).attr("type", &field.kind);
            form = values
                .into_iter()
                .fold(form, |form, value| form.leaf("value", ns::DATA_FORMS, value))
                .close();
        }
        form.close()
    }
}
