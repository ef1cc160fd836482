//! `_types`: the classes that `types` names.

use kiln_macros::builtin_module;

/// The classes of objects that syntax and the interpreter make.
#[builtin_module("_types")]
pub mod module {
    use kiln_builtins::descriptors::{mapping_proxy::MappingProxy, namespace::Namespace};
    use kiln_builtins::typing::{alias::GenericAlias, union::Union};
    use kiln_object::code::CodeObject;
    use kiln_object::descr::{CellObject, Method};
    use kiln_object::frame::{FrameObject, Traceback};
    use kiln_object::function::Function;
    use kiln_object::generator::{AsyncGenerator, Coroutine, Generator};
    use kiln_object::module::Module;
    use kiln_object::native::{
        ClassMethodDescriptor, GetSet, Member, MethodDescriptor, MethodWrapper, NativeFunction, WrapperDescriptor,
    };
    use kiln_object::singletons::{EllipsisObject, NoneObject, NotImplementedObject};
    use kiln_object::types::{define, flags};
    use kiln_object::{ObjectType, Raised, object_struct};

    object_struct! { /** A pointer that a C module exports; nothing here makes one. */ pub struct Capsule = "PyCapsule", Raw {} }

    #[exec]
    fn fill(module: &Module) -> Result<(), Raised> {
        let capsule = define::<Capsule>("PyCapsule", "builtins", None, flags::NO_NEW, &[], None);
        let classes = [
            ("AsyncGeneratorType", AsyncGenerator::class()),
            ("BuiltinFunctionType", NativeFunction::class()),
            ("BuiltinMethodType", NativeFunction::class()),
            ("CapsuleType", capsule),
            ("CellType", CellObject::class()),
            ("ClassMethodDescriptorType", ClassMethodDescriptor::class()),
            ("CodeType", CodeObject::class()),
            ("CoroutineType", Coroutine::class()),
            ("EllipsisType", EllipsisObject::class()),
            ("FrameType", FrameObject::class()),
            ("FunctionType", Function::class()),
            ("GeneratorType", Generator::class()),
            ("GenericAlias", GenericAlias::class()),
            ("GetSetDescriptorType", GetSet::class()),
            ("LambdaType", Function::class()),
            ("MappingProxyType", MappingProxy::class()),
            ("MemberDescriptorType", Member::class()),
            ("MethodDescriptorType", MethodDescriptor::class()),
            ("MethodType", Method::class()),
            ("MethodWrapperType", MethodWrapper::class()),
            ("ModuleType", Module::class()),
            ("NoneType", NoneObject::class()),
            ("NotImplementedType", NotImplementedObject::class()),
            ("SimpleNamespace", Namespace::class()),
            ("TracebackType", Traceback::class()),
            ("UnionType", Union::class()),
            ("WrapperDescriptorType", WrapperDescriptor::class()),
        ];
        for (name, class) in classes {
            module.set(name, class.as_value().to_object());
        }
        Ok(())
    }
}
