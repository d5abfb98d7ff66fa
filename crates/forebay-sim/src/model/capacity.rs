//! How much each gear can do, without simulating anything.

use super::{Control, Model, Speed, Style};

impl Model {
    /// Items a second that each gear can take when there are always enough; infinite for one that
    /// takes no time.
    pub fn capacities_per_s(&self) -> Vec<f64> {
        self.gears.iter().map(|speed| self.capacity_per_s(speed)).collect()
    }

    /// Arrivals by capacity, for each gear: above 1, it cannot keep up.
    pub fn loads(&self) -> Vec<f64> {
        self.capacities_per_s().iter().map(|capacity| self.arrivals.per_s() / capacity).collect()
    }

    /// How many gears thresholds can come to: none that engages above what can wait.
    pub(crate) fn gears_within_capacity(&self) -> usize {
        match (&self.control, self.capacity) {
            (Control::Gears(gears), Some(capacity)) => {
                1 + gears.steps().iter().take_while(|step| step.engage_above < capacity).count()
            }
            _ => self.gears.len(),
        }
    }

    fn capacity_per_s(&self, speed: &Speed) -> f64 {
        let batch = speed.batch as f64;
        let service_s = speed.per_batch.mean_s() + batch * speed.per_item.mean_s();
        let pause_s = speed.pause.mean_s();
        // Nobody is in the way of who pauses.
        let busy_share = if service_s > 0.0 { service_s / (service_s + pause_s) } else { 0.0 };
        let busy = (speed.workers as f64 * busy_share).ceil() as usize;
        let cycle_s = service_s * self.sink.usual_slowness(busy) + pause_s;
        // Both styles pause and serve once for each batch.
        let (Style::PauseThenGet | Style::GetThenServe) = self.style;
        speed.workers as f64 * batch / cycle_s
    }
}
