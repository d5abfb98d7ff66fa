//! The table as a whole.

use super::*;

#[test]
fn every_default_can_be_read_back() {
    for setting in all() {
        let mut settings = Settings::default();
        let key = setting.key.replace(NAME, "orders").replace(COLUMN, "total");
        let shown = setting.get(&settings, &key);
        let text = shown.trim_matches('"');
        assert_eq!(setting.set(&mut settings, &key, text), Ok(()), "{key}");
        assert_eq!(setting.get(&settings, &key), shown, "{key}");
    }
}

#[test]
fn no_key_and_no_flag_is_there_twice() {
    for setting in all() {
        assert_eq!(all().filter(|other| other.key == setting.key).count(), 1);
        if setting.flag.is_some() {
            assert_eq!(all().filter(|other| other.flag == setting.flag).count(), 1);
        }
    }
}
