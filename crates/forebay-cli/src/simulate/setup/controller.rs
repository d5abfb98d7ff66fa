//! Which controller decides about the gear, and its settings: `aimd:interval=1s,decrease=0.8`.

use std::collections::BTreeMap;
use std::time::Duration;

use forebay::{
    Aimd, AimdConfig, Combined, CombinedConfig, Controller, Gradient, GradientConfig, Proportional,
    ProportionalConfig, QueueDelay, QueueDelayConfig, SettingError,
};
use forebay_sim::{Control, time};

/// The controllers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(in crate::simulate) enum Kind {
    /// One gear.
    Fixed,
    #[default]
    Gears,
    Proportional,
    Delay,
    Aimd,
    Gradient,
    Combined,
}

const KINDS: [(&str, Kind); 7] = [
    ("gears", Kind::Gears),
    ("fixed", Kind::Fixed),
    ("proportional", Kind::Proportional),
    ("delay", Kind::Delay),
    ("aimd", Kind::Aimd),
    ("gradient", Kind::Gradient),
    ("combined", Kind::Combined),
];

impl Kind {
    /// As it is written.
    pub(in crate::simulate) fn name(self) -> &'static str {
        KINDS.iter().find(|(_, kind)| *kind == self).map_or("", |(name, _)| name)
    }

    /// Whether its gears stand for how much is in flight at once.
    pub(super) fn is_ceiling(self) -> bool {
        matches!(self, Kind::Aimd | Kind::Gradient | Kind::Combined)
    }
}

/// A controller and what was said about it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(in crate::simulate) struct Choice {
    pub(in crate::simulate) kind: Kind,
    settings: Settings,
}

impl Choice {
    /// Reads `NAME` or `NAME:key=value,key=value`.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (name, rest) = text.split_once(':').unwrap_or((text, ""));
        let kind = KINDS.iter().find(|(known, _)| *known == name).ok_or_else(|| {
            let names: Vec<&str> = KINDS.iter().map(|(name, _)| *name).collect();
            format!("write one of {}", names.join(", "))
        })?;
        let choice = Choice { kind: kind.1, settings: Settings::read(rest)? };
        if choice.kind != Kind::Gears {
            choice.control(8)?;
        } else if !rest.is_empty() {
            return Err("gears are set with --engage, --release and --gears".to_owned());
        }
        Ok(choice)
    }

    /// The controller, with so many gears; not for [`Kind::Gears`], which has thresholds.
    pub(super) fn control(&self, gears: usize) -> Result<Control, String> {
        let mut settings = self.settings.clone();
        let control = match self.kind {
            Kind::Fixed | Kind::Gears => Control::Fixed,
            Kind::Proportional => of("proportional", proportional(gears, &mut settings)?),
            Kind::Delay => of("delay", delay(gears, &mut settings)?),
            Kind::Aimd => of("aimd", aimd(gears, &mut settings)?),
            Kind::Gradient => of("gradient", gradient(gears, &mut settings)?),
            Kind::Combined => combined(gears, &mut settings)?,
        };
        settings.are_used_up()?;
        Ok(control)
    }
}

fn of(name: &str, controller: impl Controller + Clone + Send + Sync + 'static) -> Control {
    Control::other(name, move || Box::new(controller.clone()))
}

fn combined(gears: usize, settings: &mut Settings) -> Result<Control, String> {
    let demand = settings.word("demand", ["proportional", "delay"])?;
    let ceiling = settings.word("ceiling", ["gradient", "aimd"])?;
    let default = CombinedConfig::default();
    let config = CombinedConfig {
        down_after: settings.time("down_after", default.down_after)?,
        failures_max: settings.number("failures_max", default.failures_max)?,
        probe_after: settings.time("probe_after", default.probe_after)?,
    };
    match (demand, ceiling) {
        ("proportional", "gradient") => {
            both(proportional(gears, settings)?, gradient(gears, settings)?, config)
        }
        ("proportional", _) => both(proportional(gears, settings)?, aimd(gears, settings)?, config),
        (_, "gradient") => both(delay(gears, settings)?, gradient(gears, settings)?, config),
        _ => both(delay(gears, settings)?, aimd(gears, settings)?, config),
    }
}

fn both<D, C>(demand: D, ceiling: C, config: CombinedConfig) -> Result<Control, String>
where
    D: Controller + Clone + Send + Sync + 'static,
    C: Controller + Clone + Send + Sync + 'static,
{
    Ok(of("combined", Combined::new(demand, ceiling, config).map_err(told)?))
}

fn proportional(gears: usize, settings: &mut Settings) -> Result<Proportional, String> {
    let default = ProportionalConfig::default();
    let config = ProportionalConfig {
        gears,
        drain_within: settings.time("drain_within", default.drain_within)?,
        tolerance: settings.number("tolerance", default.tolerance)?,
        down_after: settings.time("down_after", default.down_after)?,
    };
    Proportional::new(config).map_err(told)
}

fn delay(gears: usize, settings: &mut Settings) -> Result<QueueDelay, String> {
    let default = QueueDelayConfig::default();
    let config = QueueDelayConfig {
        gears,
        target: settings.time("target", default.target)?,
        interval: settings.time("interval", default.interval)?,
        down_after: settings.time("down_after", default.down_after)?,
    };
    QueueDelay::new(config).map_err(told)
}

fn aimd(gears: usize, settings: &mut Settings) -> Result<Aimd, String> {
    let default = AimdConfig::default();
    let config = AimdConfig {
        gears,
        interval: settings.time("interval", default.interval)?,
        failures_max: settings.number("failures_max", default.failures_max)?,
        service_time_max: settings.time("service_time_max", default.service_time_max)?,
        decrease: settings.number("decrease", default.decrease)?,
    };
    Aimd::new(config).map_err(told)
}

fn gradient(gears: usize, settings: &mut Settings) -> Result<Gradient, String> {
    let default = GradientConfig::default();
    let config = GradientConfig {
        gears,
        interval: settings.time("interval", default.interval)?,
        tolerance: settings.number("tolerance", default.tolerance)?,
        failures_max: settings.number("failures_max", default.failures_max)?,
    };
    Gradient::new(config).map_err(told)
}

fn told(error: SettingError) -> String {
    error.to_string()
}

/// What was said, and which of it was asked for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
struct Settings {
    said: BTreeMap<String, String>,
    asked: Vec<&'static str>,
}

impl Settings {
    fn read(text: &str) -> Result<Self, String> {
        let mut settings = Settings::default();
        for part in text.split(',').filter(|part| !part.is_empty()) {
            let (key, value) = part
                .split_once('=')
                .ok_or_else(|| format!("`{part}` is no setting; write it as key=value"))?;
            settings.said.insert(key.trim().to_owned(), value.trim().to_owned());
        }
        Ok(settings)
    }

    fn get(&mut self, key: &'static str) -> Option<&str> {
        self.asked.push(key);
        self.said.get(key).map(String::as_str)
    }

    fn time(&mut self, key: &'static str, default: Duration) -> Result<Duration, String> {
        self.get(key).map_or(Ok(default), |text| time(key, text).map_err(|e| e.to_string()))
    }

    fn number(&mut self, key: &'static str, default: f64) -> Result<f64, String> {
        let wrong = |text: &str| format!("{key} is `{text}`, it must be a number");
        self.get(key).map_or(Ok(default), |text| text.parse().map_err(|_| wrong(text)))
    }

    fn word(
        &mut self,
        key: &'static str,
        words: [&'static str; 2],
    ) -> Result<&'static str, String> {
        let Some(text) = self.get(key) else { return Ok(words[0]) };
        let known = words.into_iter().find(|word| *word == text);
        known.ok_or_else(|| format!("{key} is `{text}`, it must be {}", words.join(" or ")))
    }

    fn are_used_up(&self) -> Result<(), String> {
        match self.said.keys().find(|key| !self.asked.contains(&key.as_str())) {
            Some(key) => {
                let mut known = self.asked.clone();
                known.sort_unstable();
                known.dedup();
                let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
                Err(format!("it has no setting `{key}`; those it has: {known}"))
            }
            None => Ok(()),
        }
    }
}
