//! Where an axis has its marks, and what stands at them.

/// Values from one end of an axis to the other, with marks at round ones.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Axis {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) marks: Vec<f64>,
    step: f64,
}

impl Axis {
    /// From 0 to at least `to`, with about so many marks.
    pub(super) fn up_to(to: f64, count: f64) -> Self {
        let step = round_step(to.max(f64::MIN_POSITIVE) / count, &[1.0, 2.0, 5.0, 10.0]);
        Axis::new(0.0, (to / step).ceil().max(1.0) * step, step)
    }

    /// Of whole numbers, likewise.
    pub(super) fn whole_up_to(to: f64, count: f64) -> Self {
        let step = round_step(to / count, &[1.0, 2.0, 5.0, 10.0]).max(1.0);
        Axis::new(0.0, (to / step).ceil().max(1.0) * step, step)
    }

    /// Of a time from 0 to exactly `to_s`, in the unit that suits it: the factor and the name.
    pub(super) fn of_time(to_s: f64) -> (Self, f64, &'static str) {
        let (unit_s, name, steps): (f64, _, &[f64]) = match to_s {
            s if s <= 300.0 => (1.0, "s", &[1.0, 2.0, 5.0, 10.0]),
            s if s <= 10_800.0 => (60.0, "min", &[1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0]),
            s if s <= 400_000.0 => (3600.0, "h", &[1.0, 2.0, 3.0, 4.0, 6.0, 12.0, 24.0]),
            _ => (86_400.0, "days", &[1.0, 2.0, 5.0, 10.0]),
        };
        let to = to_s / unit_s;
        let wanted = to / 10.0;
        let fits = steps.iter().copied().find(|step| unit_s > 1.0 && *step >= wanted);
        let step = fits.unwrap_or_else(|| round_step(wanted, &[1.0, 2.0, 5.0, 10.0]));
        (Axis::new(0.0, to, step), unit_s, name)
    }

    fn new(from: f64, to: f64, step: f64) -> Self {
        let count = ((to - from) / step + 1e-9).floor() as usize;
        let marks = (0..=count).map(|at| from + step * at as f64).collect();
        Axis { from, to, marks, step }
    }

    /// With as many digits as tell the marks apart.
    pub(super) fn label(&self, mark: f64) -> String {
        let digits = (-self.step.log10().floor()).clamp(0.0, 9.0) as usize;
        format!("{mark:.digits$}")
    }
}

fn round_step(wanted: f64, steps: &[f64]) -> f64 {
    let power = 10_f64.powf(wanted.log10().floor());
    let fits = steps.iter().map(|step| step * power).find(|step| *step >= wanted * 0.999);
    fits.unwrap_or(10.0 * power)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_cover_what_there_is() {
        let axis = Axis::whole_up_to(9.0, 5.0);
        assert_eq!(axis.marks, [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]);
        assert_eq!(Axis::whole_up_to(1.0, 5.0).marks, [0.0, 1.0]);
        let fine = Axis::up_to(0.7, 5.0);
        assert_eq!(fine.label(fine.marks[1]), "0.2");
    }

    #[test]
    fn a_time_has_the_unit_that_suits_it() {
        let (axis, unit_s, name) = Axis::of_time(86_400.0);
        assert_eq!((unit_s, name, axis.marks.last()), (3600.0, "h", Some(&24.0)));
        let (axis, _, name) = Axis::of_time(60.0);
        assert_eq!((name, axis.marks.len()), ("s", 7));
    }
}
