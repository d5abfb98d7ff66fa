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

/// The access to one field of a route, which may be left out.
macro_rules! of_route {
    ($name:ident: $kind:ident) => {
        Access::OfRoute {
            set: |route, text| {
                route.$name = if text.is_empty() { None } else { Some($kind::read(text)?) };
                Ok(())
            },
            get: |route| route.$name.as_ref().map_or_else(|| "\"\"".to_owned(), $kind::show),
        }
    };
}

/// The access to one field of a route's webhooks.
macro_rules! of_webhook {
    ($name:ident: $kind:ident) => {
        Access::OfRoute {
            set: |route, text| {
                route.webhook.$name = if text.is_empty() { None } else { Some($kind::read(text)?) };
                Ok(())
            },
            get: |route| {
                route.webhook.$name.as_ref().map_or_else(|| "\"\"".to_owned(), $kind::show)
            },
        }
    };
}

/// The access to one field of a column.
macro_rules! of_column {
    ($name:ident: $kind:ident) => {
        Access::OfColumn {
            set: |column, text| {
                column.$name = if text.is_empty() { None } else { Some($kind::read(text)?) };
                Ok(())
            },
            get: |column| column.$name.as_ref().map_or_else(|| "\"\"".to_owned(), $kind::show),
        }
    };
}
