using System.Reflection;
using System.Text.Json;
using StreamSched.Avro;
using StreamSched.Avro.Binary;
using StreamSched.Avro.Records;
using StreamSched.Avro.Schemas;

namespace StreamSched.Tests.Avro;

/// <summary>What the schemas allow, and the checks that are generated from it.</summary>
public class RangeTests
{
    private static readonly Dictionary<(string Record, string Field), JsonElement> Fields = ReadFields();

    public static TheoryData<string> Records => [.. Samples().Keys];

    [Theory, MemberData(nameof(Records))]
    public void B6_Every_number_every_text_and_every_list_of_a_record_has_a_range_and_nothing_beyond_it_is_read(string name)
    {
        object record = Samples()[name]();
        Assert.Null(Fault(record));
        int tried = 0;
        Walk(record, record, "", ref tried);
        Assert.InRange(tried, 3, int.MaxValue);
    }

    [Fact]
    public void B6_A_record_with_a_value_out_of_range_is_a_fault_that_names_the_value()
    {
        WorkerRegistration registration = (WorkerRegistration)Samples()["WorkerRegistration"]();
        MessageDecoder decoder = new(SchemaCatalogue.Own);
        Assert.True(decoder.TryDecode(registration.ToFramed(), out WorkerRegistration? read, out _));
        Assert.NotNull(read);
        registration.Variants[0].Accuracy = float.NaN;
        Assert.False(decoder.TryDecode(registration.ToFramed(), out read, out AvroFault fault));
        Assert.Null(read);
        Assert.Equal((AvroFaultKind.OutOfRange, "variants[0].accuracy is NaN, not within 0..1"), (fault.Kind, fault.ToString()));
    }

    [Fact]
    public void B6_A_view_is_checked_without_being_copied()
    {
        WorkItem item = (WorkItem)Samples()["WorkItem"]();
        Assert.True(WorkItemView.TryDecodeFramed(item.ToFramed(), out WorkItemView view, out _));
        Assert.Null(view.RangeFault());
        Assert.Equal(0, Allocations.Of(() =>
        {
            WorkItemView.TryDecodeFramed(Framed, out WorkItemView again, out _);
            again.RangeFault();
        }));
        item.Partition = int.MaxValue;
        Assert.True(WorkItemView.TryDecodeFramed(item.ToFramed(), out view, out _));
        Assert.Equal("partition is 2147483647, not within 0..1000000", view.RangeFault());
    }

    private static readonly byte[] Framed = ((WorkItem)Samples()["WorkItem"]()).ToFramed();

    // Sets each value of the record to the ends of its range and beyond them.
    private static void Walk(object root, object record, string path, ref int tried)
    {
        foreach (PropertyInfo property in record.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public))
        {
            if (property.SetMethod is null) continue;
            string field = char.ToLowerInvariant(property.Name[0]) + property.Name[1..];
            JsonElement declared = Fields[(record.GetType().Name, field)];
            Type type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            object? before = property.GetValue(record);
            if (type == typeof(string))
            {
                (long least, long most) = declared.TryGetProperty("length", out JsonElement length) ? (length[0].GetInt64(), length[1].GetInt64()) : (0, 256);
                Try(root, property, record, new string('x', (int)most), null);
                Try(root, property, record, new string('x', (int)most + 1), field);
                if (least > 0) Try(root, property, record, "", field);
                tried++;
            }
            else if (Bounds(declared, type) is { } bounds && Number(type, bounds.Least) is not null)
            {
                Try(root, property, record, Number(type, bounds.Least), null);
                Try(root, property, record, Number(type, bounds.Most), null);
                if (Beyond(type, bounds.Most, 1) is { } more) Try(root, property, record, more, field);
                if (Beyond(type, bounds.Least, -1) is { } less) Try(root, property, record, less, field);
                foreach (double absurd in (double[])[double.NaN, double.PositiveInfinity, double.NegativeInfinity])
                    if (Number(type, absurd) is { } none && type is { Name: "Single" or "Double" }) Try(root, property, record, none, field);
                tried++;
            }
            else if (before is Array { Length: > 0 } array)
            {
                Type item = array.GetType().GetElementType()!;
                if (item.Namespace == typeof(WorkItem).Namespace)
                {
                    Walk(root, array.GetValue(0)!, path + field + "[0].", ref tried);
                }
                else if (Bounds(declared, item) is { } range && Number(item, 0) is not null)
                {
                    object? kept = array.GetValue(0);
                    if (Beyond(item, range.Most, 1) is { } more)
                    {
                        array.SetValue(more, 0);
                        Assert.Contains(field, Fault(root) ?? "", StringComparison.Ordinal);
                    }

                    array.SetValue(kept, 0);
                    tried++;
                }
            }
            else if (before is not null && type.Namespace == typeof(WorkItem).Namespace && type.IsClass)
            {
                Walk(root, before, path + field + ".", ref tried);
            }

            property.SetValue(record, before);
        }

        Assert.Null(Fault(root));
    }

    private static void Try(object root, PropertyInfo property, object record, object? value, string? fault)
    {
        property.SetValue(record, value);
        string? found = Fault(root);
        if (fault is null) Assert.True(found is null || !found.Split(' ')[0].EndsWith(property.Name, StringComparison.OrdinalIgnoreCase), $"{value}: {found}");
        else Assert.True(found?.Contains(fault, StringComparison.Ordinal) == true, $"{record.GetType().Name}.{fault} = {value}: {found ?? "accepted"}");
    }

    private static (double Least, double Most)? Bounds(JsonElement declared, Type type) =>
        declared.TryGetProperty("range", out JsonElement range) ? (range[0].GetDouble(), range[1].GetDouble())
            : type == typeof(long) ? (0, 4102444800000000) : null;

    private static object? Number(Type type, double value) =>
        type == typeof(int) ? (int)value : type == typeof(long) ? value >= long.MaxValue ? long.MaxValue : (long)value
            : type == typeof(float) ? (float)value : type == typeof(double) ? value : null;

    private static object? Beyond(Type type, double bound, int sign) => type switch
    {
        _ when type == typeof(int) => (sign > 0 && bound < int.MaxValue) || (sign < 0 && bound > int.MinValue) ? (int)bound + sign : null,
        _ when type == typeof(long) => Math.Abs(bound) < 9e18 ? (long)bound + sign : null,
        _ when type == typeof(float) => (float)bound + (sign * Math.Max(1e-6f, Math.Abs((float)bound) * 1e-3f)),
        _ => bound + (sign * Math.Max(1e-9, Math.Abs(bound) * 1e-6)),
    };

    private static string? Fault(object record) => (string?)record.GetType().GetMethod("RangeFault")!.Invoke(record, null);

    private static Dictionary<(string, string), JsonElement> ReadFields()
    {
        Dictionary<(string, string), JsonElement> fields = [];
        foreach (string file in Directory.GetFiles(Checkout.Path("schemas"), "*.avsc"))
            Read(JsonDocument.Parse(File.ReadAllText(file)).RootElement);
        return fields;

        void Read(JsonElement type)
        {
            if (type.ValueKind == JsonValueKind.Array)
                foreach (JsonElement branch in type.EnumerateArray()) Read(branch);
            if (type.ValueKind != JsonValueKind.Object) return;
            if (type.TryGetProperty("items", out JsonElement items)) Read(items);
            if (type.TryGetProperty("type", out JsonElement inner)) Read(inner);
            if (!type.TryGetProperty("fields", out JsonElement list)) return;
            foreach (JsonElement field in list.EnumerateArray())
            {
                fields[(type.GetProperty("name").GetString()!, field.GetProperty("name").GetString()!)] = field;
                Read(field.GetProperty("type"));
            }
        }
    }

    private static Dictionary<string, Func<object>> Samples() => new()
    {
        ["WorkerRegistration"] = () => new WorkerRegistration
        {
            Worker = "w", Site = "s",
            Processors = [new ProcessorRegistration { Id = "cpu", IdleWatts = 1, ActiveWatts = 2 }],
            Variants = [new VariantRegistration
            {
                Name = "v", Task = "t", Accuracy = 0.5f, Services = [new ServiceProfile { Processor = "cpu", Batch = [1], Micros = [1000] }],
            }],
            Interference = [new InterferenceMatrix { Variant = "v", CompanyA = "v", CompanyB = "v", Size = 1, Factors = [1, 1, 1, 1] }],
        },
        ["WorkerTelemetry"] = () => new WorkerTelemetry { Worker = "w", Processors = [new ProcessorTelemetry { Processor = "cpu", PowerWatts = 1 }] },
        ["SchedulerLoad"] = () => new SchedulerLoad { Scheduler = "s", Processors = [new ProcessorLoad { Worker = "w", Processor = "cpu" }] },
        ["PolicySnapshot"] = () => new PolicySnapshot
        {
            Name = "price", Kind = "price", TrainedOn = [new OffsetRange { Topic = "experience" }],
        },
        ["AccuracyEstimates"] = () => new AccuracyEstimates
        {
            By = "l", Estimates = [new VariantAccuracy { Task = "t", Variant = "v", Site = "s", Mean = 0.5f, Lower = 0.4f, Labels = 10 }],
        },
        ["RolloutStep"] = () => new RolloutStep
        {
            Champion = new PolicyReference { Name = "price" }, Windows = new WindowPlan { LengthMicros = 2_000_000 },
            Evidence = [new Evidence { Judge = "switchback" }], RestsOn = [new OffsetRange { Topic = "experience" }],
        },
        ["WorkItem"] = () => new WorkItem { Attempt = 1, Scheduler = "s", Processor = "cpu", Variant = "v" },
        ["InferenceResult"] = () => new InferenceResult
        {
            Device = "d", EnergyJoules = 1, Money = 1, Accuracy = 1, Output = new InferenceOutput { Label = 1, Shape = [1], Values = [1] },
        },
        ["SchedulingDecision"] = () => new SchedulingDecision
        {
            Device = "d", Scheduler = "s", Prediction = new Prediction(), Next = [new Alternative { Worker = "w", Processor = "cpu", Variant = "v" }],
            Full = new FullDecision(),
        },
        ["Feedback"] = () => new Feedback { Device = "d", Label = 1, Rating = 1 },
        ["Experience"] = () => new Experience
        {
            Device = "d", Features = [1], Prediction = new Prediction(), Full = new FullDecision(), Output = 1, Label = 1, Rating = 1, SkipLearn = "late",
        },
        ["InferenceRequest"] = () => new InferenceRequest { Device = "d", Task = "t", DeadlineMicros = 1, MinAccuracy = 0, Weight = 1, Shape = [1] },
    };
}
