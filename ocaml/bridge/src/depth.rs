//! How deep an input may be nested: both sides read and write it by recursion.

use crate::BridgeError;
use serde_json::Value;

/// As deep as `serde_json` itself reads.
const DEEPEST: usize = 128;

pub(crate) fn check_value(input: &Value) -> Result<(), BridgeError> {
    if fits(input, DEEPEST) {
        return Ok(());
    }
    Err(too_deep())
}

fn fits(value: &Value, room: usize) -> bool {
    let Some(inside) = room.checked_sub(1) else {
        return !matches!(value, Value::Array(_) | Value::Object(_));
    };
    match value {
        Value::Array(items) => items.iter().all(|item| fits(item, inside)),
        Value::Object(items) => items.values().all(|item| fits(item, inside)),
        _ => true,
    }
}

/// The same of text that is JSON.
pub(crate) fn check_text(input: &str) -> Result<(), BridgeError> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    for byte in input.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth += 1,
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > DEEPEST {
            return Err(too_deep());
        }
    }
    Ok(())
}

fn too_deep() -> BridgeError {
    BridgeError::BadInput(format!(
        "input: expected at most {DEEPEST} lists and objects within one another"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn nested(depth: usize) -> Value {
        (0..depth).fold(json!("[[]]\\\""), |inner, _| json!([inner]))
    }

    #[test]
    fn the_bound_is_the_same_for_values_and_text() {
        for (depth, fits) in [(0, true), (128, true), (129, false)] {
            let value = nested(depth);
            assert_eq!(check_value(&value).is_ok(), fits, "{depth}");
            assert_eq!(check_text(&value.to_string()).is_ok(), fits);
        }
    }
}
