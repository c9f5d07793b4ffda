//! Asserts traits at compile time, both ways.

/// Asserts which traits types have and, after `!`, which they don't have.
///
/// A table of `Type: Trait !Trait …;` rows. Any trait in scope will do, not only auto traits; a
/// lifetime in a type is given as `'static`.
/// A row that is wrong does not compile. For a trait that is there and should not be, the compiler
/// says that type annotations are needed.
///
/// # Examples
///
/// ```
/// use std::cell::Cell;
/// use std::rc::Rc;
///
/// testkit::assert_auto_traits! {
///     u8: Send Sync Unpin Copy;
///     Cell<u8>: Send !Sync Unpin !Copy;
///     Rc<u8>: !Send !Sync Unpin Clone;
/// }
/// ```
///
/// What is not there is an error:
///
/// ```compile_fail,E0277
/// testkit::assert_auto_traits! { std::rc::Rc<u8>: Send; }
/// ```
///
/// and so is what should not be there:
///
/// ```compile_fail,E0283
/// testkit::assert_auto_traits! { u8: !Send; }
/// ```
#[macro_export]
macro_rules! assert_auto_traits {
    ($($type:ty : $($has:ident)* $(! $lacks:ident $($also_has:ident)*)*);* $(;)?) => {
        $(
            $($crate::__assert_has!($type, $has);)*
            $(
                $crate::__assert_lacks!($type, $lacks);
                $($crate::__assert_has!($type, $also_has);)*
            )*
        )*
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __assert_has {
    ($type:ty, $has:ident) => {
        const _: fn() = {
            fn has<T: ?Sized + $has>() {}
            has::<$type>
        };
    };
}

/// A type with the trait has two implementations of `Ambiguous<_>`, and the compiler can't tell
/// which one is meant; a type without it has one.
#[doc(hidden)]
#[macro_export]
macro_rules! __assert_lacks {
    ($type:ty, $lacks:ident) => {
        const _: fn() = {
            struct WithTheTrait;
            trait Ambiguous<A> {
                fn chosen() {}
            }
            impl<T: ?Sized> Ambiguous<()> for T {}
            impl<T: ?Sized + $lacks> Ambiguous<WithTheTrait> for T {}
            <$type as Ambiguous<_>>::chosen
        };
    };
}
