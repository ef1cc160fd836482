//! `_heapq`: priority queues in lists. Comparisons may run any code, so items are fetched and stored one at a time, and
//! a list whose length changed meanwhile is an error.

use kiln_macros::builtin_module;

#[builtin_module("_heapq")]
pub mod module {
    //! Heap queue algorithm.

    use kiln_object::list::List;
    use kiln_object::ops::{self, CompareOp};
    use kiln_object::{Object, Raised, raise};

    /// Which of two items is nearer to the top.
    #[derive(Clone, Copy, PartialEq, Eq)]
    enum Order {
        Smallest,
        Largest,
    }
    impl Order {
        fn before(self, a: &Object, b: &Object) -> Result<bool, Raised> {
            let (a, b) = match self {
                Order::Smallest => (a, b),
                Order::Largest => (b, a),
            };
            ops::compare_bool(CompareOp::Lt, a.value(), b.value())
        }
    }
    fn changed() -> Raised {
        kiln_object::raise!(RuntimeError, "list changed size during iteration")
    }
    fn out_of_range() -> Raised {
        raise::index_error("index out of range")
    }
    fn swap(heap: &List, i: usize, j: usize) -> Result<(), Raised> {
        let (Some(a), Some(b)) = (heap.get(i), heap.get(j)) else {
            return Err(changed());
        };
        drop(heap.replace(i, b));
        drop(heap.replace(j, a));
        Ok(())
    }
    /// Moves the item at `at` towards the root, not above `start`, until its parent goes before it.
    fn sift_down(heap: &List, start: usize, mut at: usize, order: Order) -> Result<(), Raised> {
        let n = heap.len();
        if at >= n {
            return Err(out_of_range());
        }
        while at > start {
            let parent = (at - 1) >> 1;
            let (Some(item), Some(above)) = (heap.get(at), heap.get(parent)) else {
                return Err(changed());
            };
            let goes_up = order.before(&item, &above)?;
            if heap.len() != n {
                return Err(changed());
            }
            if !goes_up {
                break;
            }
            swap(heap, parent, at)?;
            at = parent;
        }
        Ok(())
    }
    /// Moves the item at `at` to a leaf, the better child going up each time, and from there to its place.
    fn sift_up(heap: &List, mut at: usize, order: Order) -> Result<(), Raised> {
        let (n, start) = (heap.len(), at);
        if at >= n {
            return Err(out_of_range());
        }
        let limit = n >> 1;
        while at < limit {
            let mut child = 2 * at + 1;
            if child + 1 < n {
                let (Some(left), Some(right)) = (heap.get(child), heap.get(child + 1)) else {
                    return Err(changed());
                };
                let left_first = order.before(&left, &right)?;
                if heap.len() != n {
                    return Err(changed());
                }
                child += !left_first as usize;
            }
            swap(heap, at, child)?;
            at = child;
        }
        sift_down(heap, start, at, order)
    }
    fn pop(heap: &List, order: Order) -> Result<Object, Raised> {
        let Some(last) = heap.pop() else {
            return Err(out_of_range());
        };
        if heap.is_empty() {
            return Ok(last);
        }
        let top = heap.replace(0, last);
        sift_up(heap, 0, order)?;
        Ok(top)
    }
    fn replace(heap: &List, item: Object, order: Order) -> Result<Object, Raised> {
        if heap.is_empty() {
            return Err(out_of_range());
        }
        let top = heap.replace(0, item);
        sift_up(heap, 0, order)?;
        Ok(top)
    }
    fn push_pop(heap: &List, item: Object, order: Order) -> Result<Object, Raised> {
        let Some(top) = heap.get(0) else { return Ok(item) };
        if !order.before(&top, &item)? {
            return Ok(item);
        }
        if heap.is_empty() {
            return Err(out_of_range());
        }
        let top = heap.replace(0, item);
        sift_up(heap, 0, order)?;
        Ok(top)
    }
    fn build(heap: &List, order: Order) -> Result<(), Raised> {
        for i in (0..heap.len() >> 1).rev() {
            sift_up(heap, i, order)?;
        }
        Ok(())
    }

    /// Pushes an item onto the heap.
    pub fn heappush(heap: &List, item: Object) -> Result<(), Raised> {
        heap.push(item);
        sift_down(heap, 0, heap.len() - 1, Order::Smallest)
    }
    /// Removes and returns the smallest item.
    pub fn heappop(heap: &List) -> Result<Object, Raised> {
        pop(heap, Order::Smallest)
    }
    /// Removes and returns the smallest item, then adds the new one.
    pub fn heapreplace(heap: &List, item: Object) -> Result<Object, Raised> {
        replace(heap, item, Order::Smallest)
    }
    /// Adds an item, then removes and returns the smallest.
    pub fn heappushpop(heap: &List, item: Object) -> Result<Object, Raised> {
        push_pop(heap, item, Order::Smallest)
    }
    /// Turns a list into a heap, in place.
    pub fn heapify(heap: &List) -> Result<(), Raised> {
        build(heap, Order::Smallest)
    }
    /// Pushes an item onto the max-heap.
    pub fn heappush_max(heap: &List, item: Object) -> Result<(), Raised> {
        heap.push(item);
        sift_down(heap, 0, heap.len() - 1, Order::Largest)
    }
    /// Removes and returns the largest item of a max-heap.
    pub fn heappop_max(heap: &List) -> Result<Object, Raised> {
        pop(heap, Order::Largest)
    }
    /// Removes and returns the largest item of a max-heap, then adds the new one.
    pub fn heapreplace_max(heap: &List, item: Object) -> Result<Object, Raised> {
        replace(heap, item, Order::Largest)
    }
    /// Adds an item to a max-heap, then removes and returns the largest.
    pub fn heappushpop_max(heap: &List, item: Object) -> Result<Object, Raised> {
        push_pop(heap, item, Order::Largest)
    }
    /// Turns a list into a max-heap, in place.
    pub fn heapify_max(heap: &List) -> Result<(), Raised> {
        build(heap, Order::Largest)
    }
}
