//! How a setting reaches its field.

/// The access to one field, whose values are read and shown by a module of [`value`](crate::settings::value).
macro_rules! field {
    ($first:ident $(. $rest:ident)*: $kind:ident) => {
        Access::One {
            set: |settings, text| {
                settings.$first$(.$rest)* = $kind::read(text)?;
                Ok(())
            },
            get: |settings| $kind::show(&settings.$first$(.$rest)*),
        }
    };
}

/// The access to one field, which may be left out, of what there are many of.
macro_rules! optional {
    ($of:ident, $($field:ident).+: $kind:ident) => {
        Access::$of {
            set: |owner, text| {
                owner.$($field).+ = if text.is_empty() { None } else { Some($kind::read(text)?) };
                Ok(())
            },
            get: |owner| {
                owner.$($field).+.as_ref().map_or_else(|| "\"\"".to_owned(), $kind::show)
            },
        }
    };
}

/// The access to one field of a route.
macro_rules! of_route {
    ($name:ident: $kind:ident) => {
        optional!(OfRoute, $name: $kind)
    };
}

/// The access to one field of a route's webhooks.
macro_rules! of_webhook {
    ($name:ident: $kind:ident) => {
        optional!(OfRoute, webhook.$name: $kind)
    };
}

/// The access to one field of a column.
macro_rules! of_column {
    ($name:ident: $kind:ident) => {
        optional!(OfColumn, $name: $kind)
    };
}
