//! The domain: values, placeholders, profiles. Pure functions over text and parsed YAML.
