//! The model as JSON Schema (draft 2020-12), for programs that write records.

use serde_json::{Map, Value, json};

use super::{Field, KindModel, Model, STATES, Shape};

impl Model {
    /// Returns a JSON Schema with one definition for each kind, embedded ones included. A record is valid if it is valid
    /// against the definition of its kind.
    pub fn json_schema(&self) -> Value {
        let mut definitions: Map<String, Value> = self.kinds.iter().map(|(code, kind)| (code.clone(), self.kind_schema(code, kind))).collect();
        definitions.insert(
            "state".to_owned(),
            json!({"type": "object", "properties": {"state": {"enum": STATES}}, "required": ["state"], "additionalProperties": false}),
        );
        definitions.insert("text".to_owned(), json!({"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}}));
        definitions.insert("id".to_owned(), json!({"type": "string", "pattern": "^[0-9a-hjkmnp-tv-z]{12}$"}));
        definitions.insert("decision".to_owned(), json!({"type": "object", "properties": {"level": {"type": "string"}}, "required": ["level"]}));
        definitions.insert("date".to_owned(), date_schema());
        let kinds: Vec<Value> = self
            .kinds()
            .map(|(code, _)| json!({"if": {"properties": {"kind": {"const": code}}}, "then": {"$ref": format!("#/$defs/{code}")}}))
            .collect();
        json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "A record of kho",
            "type": "object",
            "properties": {"id": {"$ref": "#/$defs/id"}, "kind": {"type": "string"}, "revision": {"type": "integer", "minimum": 1}},
            "required": ["id", "kind", "title", "access"],
            "allOf": kinds,
            "$defs": definitions,
        })
    }

    fn kind_schema(&self, code: &str, kind: &KindModel) -> Value {
        let fields = self.fields(code);
        let properties: Map<String, Value> = fields.iter().map(|field| (field.name.clone(), self.field_schema(field))).collect();
        let mut schema = json!({"title": kind.about.en, "description": kind.about.about_en, "type": "object", "properties": properties});
        if kind.about.embedded {
            let required: Vec<&str> =
                fields.iter().filter(|field| field.required.as_deref() == Some("yes")).map(|field| field.name.as_str()).collect();
            schema["required"] = json!(required);
            schema["additionalProperties"] = json!(false);
        }
        schema
    }

    fn field_schema(&self, field: &Field) -> Value {
        let mut value = json!({"anyOf": [self.value_schema(field), {"$ref": "#/$defs/state"}]});
        if field.claims {
            let around =
                self.claim().map(|claim| claim.fields.iter().map(|field| (field.name.clone(), self.field_schema(field))).collect::<Map<_, _>>());
            let mut properties = around.unwrap_or_default();
            properties.insert("value".to_owned(), value);
            value = json!({"type": "object", "properties": properties, "required": ["value"], "additionalProperties": false});
        }
        if field.many || field.claims {
            value = json!({"anyOf": [{"type": "array", "items": value}, {"$ref": "#/$defs/state"}]});
        }
        value["title"] = json!(field.en);
        value["description"] = json!(field.help_en);
        value
    }

    fn value_schema(&self, field: &Field) -> Value {
        match &field.shape {
            Shape::Text { .. } => json!({"$ref": "#/$defs/text"}),
            Shape::Line | Shape::Code => json!({"type": "string", "minLength": 1}),
            Shape::Enum { vocabulary } => {
                let codes: Vec<&str> =
                    self.vocabulary(vocabulary).iter().flat_map(|known| &known.values).map(|choice| choice.code.as_str()).collect();
                json!({"enum": codes})
            }
            Shape::Term { .. } | Shape::Ref { .. } => json!({"$ref": "#/$defs/id"}),
            Shape::Date { .. } => json!({"$ref": "#/$defs/date"}),
            Shape::Number => json!({"type": "number"}),
            Shape::Quantity => {
                let parts = json!({"value": {"type": "number"}, "unit": {"type": "string"}, "as_written": {"type": "string"}});
                json!({"type": "object", "properties": parts, "minProperties": 1, "additionalProperties": false})
            }
            Shape::Flag => json!({"type": "boolean"}),
            Shape::Position => {
                let degrees = |most: u32| json!({"type": "number", "minimum": -i64::from(most), "maximum": most});
                json!({"type": "object", "properties": {"lat": degrees(90), "lon": degrees(180)}, "required": ["lat", "lon"]})
            }
            Shape::Access => json!({"$ref": "#/$defs/decision"}),
            Shape::Group { of } => json!({"$ref": format!("#/$defs/{of}")}),
            Shape::Name => json!({"$ref": format!("#/$defs/{}", super::NAME)}),
        }
    }
}

fn date_schema() -> Value {
    let number = |least: i64, most: i64| json!({"type": "integer", "minimum": least, "maximum": most});
    let lunar = json!({"day": number(1, 30), "month": number(1, 12), "leap": {"type": "boolean"}, "year": {"type": "integer"}});
    json!({
        "type": "object",
        "minProperties": 1,
        "properties": {"edtf": {"type": "string"}, "wording": {"type": "string"}, "lunar": {"type": "object", "properties": lunar, "required": ["day", "month"]}},
    })
}
