//! `tee`: iterators that share what one iterator gave, in a linked list of blocks.

use kiln_macros::builtin_methods;
use kiln_object::iter::{next_or_stop, set_fast_next};
use kiln_object::layout::{ObjectType, Slot, alloc, alloc_instance, header};
use kiln_object::module::Module;
use kiln_object::object_struct;
use kiln_object::ops;
use kiln_object::tuple::Tuple;
use kiln_object::types::{ClassRef, define, flags};
use kiln_object::{Object, Raised, Value, raise};
use std::cell::{Cell, RefCell};

/// Items in a block.
const BLOCK: usize = 57;

object_struct! {
    /// Items that the iterator gave, and the block that follows a full one.
    struct Block = "_tee_dataobject", Container { iterator: Slot, items: RefCell<Vec<Object>>, next: Slot, running: Cell<bool> }
}
object_struct! { struct Tee = "_tee", Container { block: Slot, at: Cell<usize> } }

fn new_block(iterator: Object) -> Object {
    alloc(Block {
        header: header::<Block>(),
        iterator: Slot::new(iterator),
        items: RefCell::new(Vec::new()),
        next: Slot::empty(),
        running: Cell::new(false),
    })
}
impl Block {
    fn item(&self, i: usize) -> Result<Option<Object>, Raised> {
        if let Some(o) = self.items.borrow().get(i) {
            return Ok(Some(o.clone()));
        }
        if self.running.replace(true) {
            return Err(kiln_object::raise!(RuntimeError, "cannot re-enter the tee iterator"));
        }
        let it = self.iterator.value().to_object();
        let r = ops::next(it.value());
        self.running.set(false);
        let found = r?;
        if let Some(o) = &found {
            self.items.borrow_mut().push(o.clone());
        }
        Ok(found)
    }
    fn following(&self) -> Object {
        match self.next.get() {
            Some(o) => o,
            None => {
                let o = new_block(self.iterator.value().to_object());
                self.next.set(o.clone());
                o
            }
        }
    }
}
impl Tee {
    fn advance(&self) -> Result<Option<Object>, Raised> {
        if self.at.get() >= BLOCK {
            let block = self.block.value().to_object();
            self.block.set(block.expect::<Block>().following());
            self.at.set(0);
        }
        let block = self.block.value().to_object();
        let found = block.expect::<Block>().item(self.at.get())?;
        if found.is_some() {
            self.at.set(self.at.get() + 1);
        }
        Ok(found)
    }
    fn copy(&self) -> Object {
        alloc(Tee {
            header: header::<Tee>(),
            block: Slot::new(self.block.value().to_object()),
            at: Cell::new(self.at.get()),
        })
    }
}
fn from_iterable(class: &'static kiln_object::Type, iterable: Value) -> Result<Object, Raised> {
    if let Some(t) = iterable.cast::<Tee>() {
        return Ok(t.copy());
    }
    let it = ops::iter(iterable)?;
    if let Some(t) = it.cast::<Tee>() {
        return Ok(t.copy());
    }
    Ok(alloc_instance(
        class,
        Tee {
            header: header::<Tee>(),
            block: Slot::new(new_block(it)),
            at: Cell::new(0),
        },
    ))
}

pub fn tee(iterable: Value, n: isize) -> Result<Object, Raised> {
    if n < 0 {
        return Err(raise::value_error("n must be >= 0"));
    }
    if n == 0 {
        return Ok(Tuple::empty());
    }
    let mut all = vec![from_iterable(Tee::class(), iterable)?];
    for _ in 1..n {
        let copy = all[0].expect::<Tee>().copy();
        all.push(copy);
    }
    Ok(Tuple::from_vec(all))
}

struct Methods;
#[builtin_methods(_tee)]
impl Methods {
    #[new]
    fn new(cls: ClassRef, iterable: Value) -> Result<Object, Raised> {
        from_iterable(cls.0, iterable)
    }
    fn __iter__(this: Value) -> Value {
        this
    }
    fn __next__(this: &Tee) -> Result<Object, Raised> {
        next_or_stop(this.advance())
    }
    /// An independent iterator at the same place.
    fn __copy__(this: &Tee) -> Object {
        this.copy()
    }
}

pub fn add_to(module: &Module) {
    let class = define::<Tee>("_tee", "itertools", None, flags::WEAKREF, Methods::METHODS, None);
    set_fast_next(class, |v| v.expect::<Tee>().advance());
    module.set("_tee", class.as_value().to_object());
    let class = define::<Block>("_tee_dataobject", "itertools", None, flags::NO_NEW, &[], None);
    module.set("_tee_dataobject", class.as_value().to_object());
}
