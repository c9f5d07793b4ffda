//! The naive reference: vectors that are searched from end to end.

/// A message, with when it was sent or parked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) id: u64,
    pub(crate) priority: u8,
    arrival: u64,
}

/// The order in which messages leave.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Arrival,
    Lateness,
    Priority,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Open,
    Closed,
    Emptied,
}

/// What a receive comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Received {
    Item(u64),
    Nothing,
    End,
}

/// A queue whose futures are known by their numbers.
#[derive(Debug)]
pub(crate) struct Reference {
    pub(crate) by: By,
    pub(crate) strict: bool,
    /// On the ring only what is in the buffer wakes receivers, the end wakes them all, and who is
    /// parked then stays.
    pub(crate) on_ring: bool,
    pub(crate) capacity: usize,
    pub(crate) stage: Stage,
    pub(crate) buffer: Vec<Message>,
    pub(crate) parked: Vec<(Message, usize)>,
    pub(crate) reservers: Vec<(u64, usize)>,
    pub(crate) reserved: usize,
    pub(crate) waiting: Vec<usize>,
    pub(crate) granted: Vec<usize>,
    /// Receives that were told of the end, and sends and reservations that are done either way.
    pub(crate) refused: Vec<usize>,
    pub(crate) admitted: Vec<usize>,
    arrivals: u64,
}

impl Reference {
    pub(crate) fn new(by: By, capacity: usize, strict: bool, on_ring: bool) -> Self {
        Self {
            by,
            strict,
            on_ring,
            capacity,
            stage: Stage::Open,
            buffer: Vec::new(),
            parked: Vec::new(),
            reservers: Vec::new(),
            reserved: 0,
            waiting: Vec::new(),
            granted: Vec::new(),
            refused: Vec::new(),
            admitted: Vec::new(),
            arrivals: 0,
        }
    }

    pub(crate) fn available(&self) -> usize {
        self.buffer.len() + self.parked.len()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.buffer.len() + self.reserved < self.capacity
    }

    pub(crate) fn is_finished(&self) -> bool {
        match self.stage {
            Stage::Open => false,
            Stage::Closed => self.available() == 0 && self.reserved == 0,
            Stage::Emptied => true,
        }
    }

    fn message(&mut self, id: u64, priority: u8) -> Message {
        self.arrivals += 1;
        Message {
            id,
            priority,
            arrival: self.arrivals,
        }
    }

    pub(crate) fn push(&mut self, id: u64, priority: u8) {
        let message = self.message(id, priority);
        self.buffer.push(message);
        self.settle();
    }

    pub(crate) fn park(&mut self, id: u64, priority: u8, future: usize) {
        let message = self.message(id, priority);
        self.parked.push((message, future));
        self.settle();
    }

    pub(crate) fn wait_to_reserve(&mut self, future: usize) {
        self.arrivals += 1;
        self.reservers.push((self.arrivals, future));
    }

    fn next_buffered(&self) -> Option<usize> {
        let places = 0..self.buffer.len();
        match self.by {
            By::Arrival => places.min(),
            By::Lateness => places.max(),
            By::Priority => {
                places.min_by_key(|&at| (self.buffer[at].priority, self.buffer[at].arrival))
            }
        }
    }

    fn next_parked(&self) -> Option<usize> {
        let places = 0..self.parked.len();
        match self.by {
            By::Priority => {
                places.min_by_key(|&at| (self.parked[at].0.priority, self.parked[at].0.arrival))
            }
            By::Arrival | By::Lateness => places.min(),
        }
    }

    pub(crate) fn take(&mut self) -> Option<Message> {
        let buffered = self.next_buffered();
        if let Some(parked) = self.next_parked() {
            let place = |message: &Message| (message.priority, message.arrival);
            let is_next = match buffered {
                None => true,
                Some(at) => {
                    self.by == By::Priority
                        && place(&self.parked[parked].0) < place(&self.buffer[at])
                }
            };
            if is_next {
                let (message, future) = self.parked.remove(parked);
                self.admitted.push(future);
                return Some(message);
            }
        }
        let message = self.buffer.remove(buffered?);
        self.admit();
        Some(message)
    }

    /// Lets in whoever waits for room and came first, or is the most urgent.
    pub(crate) fn admit(&mut self) {
        // A ring that is closed takes nothing in: who is parked is received from there.
        let is_shut = self.on_ring && self.stage != Stage::Open;
        while self.has_room() && !is_shut {
            let parked = self.next_parked();
            let sender = parked.map(|at| self.parked[at].0.arrival);
            let reserver = self.reservers.first().map(|(arrival, _)| *arrival);
            if reserver.is_some_and(|reserver| sender.is_none_or(|sender| reserver < sender)) {
                self.admitted.push(self.reservers.remove(0).1);
                self.reserved += 1;
            } else if let Some(at) = parked {
                let (message, future) = self.parked.remove(at);
                self.buffer.push(message);
                self.admitted.push(future);
            } else {
                return;
            }
        }
    }

    /// Wakes as many receivers as there are items, and all at the end.
    pub(crate) fn settle(&mut self) {
        let announced = if self.on_ring {
            self.buffer.len()
        } else {
            self.available()
        };
        while !self.waiting.is_empty() && self.granted.len() < announced {
            self.granted.push(self.waiting.remove(0));
        }
        if self.is_finished() {
            self.refused.append(&mut self.waiting);
        }
    }

    pub(crate) fn receive_as_newcomer(&mut self) -> Received {
        if !self.strict || self.available() > self.granted.len() {
            if let Some(message) = self.take() {
                self.settle();
                return Received::Item(message.id);
            }
        }
        if self.is_finished() {
            Received::End
        } else {
            Received::Nothing
        }
    }

    pub(crate) fn receive_as_granted(&mut self, future: usize) -> Received {
        let item = self.take();
        if item.is_some() || self.is_finished() {
            self.granted.retain(|each| *each != future);
        }
        let received = match item {
            Some(message) => Received::Item(message.id),
            None if self.is_finished() => Received::End,
            None => {
                self.granted.retain(|each| *each != future);
                self.waiting.insert(0, future);
                return Received::Nothing;
            }
        };
        self.settle();
        received
    }

    /// Exchanges the item that is worth least; `Err` if there is no other.
    pub(crate) fn force(&mut self, id: u64, priority: u8) -> Option<u64> {
        if self.has_room() {
            self.push(id, priority);
            return None;
        }
        let worst = match self.by {
            By::Arrival | By::Lateness => (!self.buffer.is_empty()).then_some(0),
            By::Priority => (0..self.buffer.len())
                .max_by_key(|&at| (self.buffer[at].priority, self.buffer[at].arrival))
                .filter(|&at| self.buffer[at].priority > priority),
        };
        let message = self.message(id, priority);
        let Some(at) = worst else {
            return Some(id);
        };
        let evicted = self.buffer.remove(at);
        self.buffer.push(message);
        Some(evicted.id)
    }

    pub(crate) fn drain(&mut self) -> Vec<u64> {
        let count = self.available();
        let reservers = std::mem::take(&mut self.reservers);
        let all = std::iter::from_fn(|| self.take()).take(count);
        let all: Vec<u64> = all.map(|message| message.id).collect();
        self.reservers = reservers;
        self.admit();
        self.settle();
        all
    }

    pub(crate) fn close(&mut self) {
        if self.stage == Stage::Open {
            self.stage = Stage::Closed;
            self.end();
        }
    }

    pub(crate) fn close_now(&mut self) -> Vec<u64> {
        self.refused
            .extend(self.reservers.drain(..).map(|(_, future)| future));
        let all = self.drain();
        self.stage = Stage::Emptied;
        self.end();
        all
    }

    fn end(&mut self) {
        self.refused
            .extend(self.reservers.drain(..).map(|(_, future)| future));
        if self.on_ring {
            self.granted.append(&mut self.waiting);
        }
        self.settle();
    }
}
