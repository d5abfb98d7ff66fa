//! A mean over runs, and how sure it is.

use statrs::distribution::{ContinuousCDF, StudentsT};

/// A mean over runs, and how sure it is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// From where to where the true mean lies, in 95 of 100 simulations; infinite with one run.
    pub ci95: [f64; 2],
    /// Where one more run would lie, in 95 of 100 cases: what is to be compared with a single
    /// observation that is as long. Infinite with one run.
    pub run95: [f64; 2],
    /// The standard deviation between runs.
    pub deviation: f64,
    /// How many runs have this figure.
    pub count: usize,
}

impl Estimate {
    /// Of these values, which are independent; `None` when there are none. The intervals are
    /// Student's, with one degree of freedom fewer than values: that of the mean is `t·s/√n` to
    /// each side, that of one more value `t·s·√(1 + 1/n)`.
    ///
    /// # Examples
    /// ```
    /// use forebay_sim::Estimate;
    ///
    /// let estimate = Estimate::of([4.0, 5.0, 6.0]).expect("there are values");
    /// assert_eq!(estimate.mean, 5.0);
    /// assert!((estimate.ci95[1] - 7.484).abs() < 0.001); // 5 + 4.303 · 1 / √3
    /// assert!((estimate.run95[1] - 9.968).abs() < 0.001); // 5 + 4.303 · 1 · √(4/3)
    /// ```
    pub fn of(values: impl IntoIterator<Item = f64>) -> Option<Self> {
        let values = Vec::from_iter(values);
        if values.is_empty() {
            return None;
        }
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        let deviation = if count > 1 { (squares / (count - 1) as f64).sqrt() } else { 0.0 };
        let times = if count > 1 { quantile_975(count - 1) * deviation } else { f64::INFINITY };
        let around = |half: f64| [mean - half, mean + half];
        Some(Estimate {
            mean,
            ci95: around(times / (count as f64).sqrt()),
            run95: around(times * (1.0 + 1.0 / count as f64).sqrt()),
            deviation,
            count,
        })
    }

    /// Half the width of the interval.
    pub fn half_width(&self) -> f64 {
        (self.ci95[1] - self.ci95[0]) / 2.0
    }

    /// The standard deviation of the mean.
    pub fn standard_error(&self) -> f64 {
        self.deviation / (self.count as f64).sqrt()
    }
}

fn quantile_975(freedom: usize) -> f64 {
    StudentsT::new(0.0, 1.0, freedom as f64)
        .map_or(f64::INFINITY, |student| student.inverse_cdf(0.975))
}
