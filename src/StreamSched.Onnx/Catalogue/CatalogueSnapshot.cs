using System.Collections.Frozen;
using StreamSched.Onnx.Inference;

namespace StreamSched.Onnx.Catalogue;

/// <summary>The models that can be run at one moment. Immutable; a change makes a new one.</summary>
/// <param name="Version">Counts up with every change.</param>
/// <param name="Models">By variant name.</param>
/// <param name="Problems">
/// What cannot be used, by subject. A variant may be here and among <paramref name="Models"/>: its files were replaced by bad ones, and the model that
/// was loaded before goes on.
/// </param>
public sealed record CatalogueSnapshot(int Version, FrozenDictionary<string, LoadedModel> Models, IReadOnlyList<ModelProblem> Problems);
