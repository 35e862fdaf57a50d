using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;

namespace StreamSched.Tests.Avro;

/// <summary>What an object and everything it holds take on the heap, by allocating copies of their kinds.</summary>
internal static class ObjectSize
{
    public static long Of(object value)
    {
        if (value is string text) return text.Length == 0 ? 0 : Measure(() => new string('x', text.Length));
        if (value is Array array)
        {
            if (array.Length == 0) return 0;
            var type = array.GetType().GetElementType()!;
            long size = Measure(() => Array.CreateInstance(type, array.Length));
            return size + (type.IsPrimitive ? 0 : array.Cast<object>().Sum(Of));
        }
        if (value is IDictionary map)
        {
            var make = typeof(ObjectSize).GetMethod(nameof(Map), BindingFlags.NonPublic | BindingFlags.Static)!
                .MakeGenericMethod(map.GetType().GetGenericArguments()).CreateDelegate<Func<int, object>>();
            long size = Measure(() => make(map.Count));
            return size + map.Keys.Cast<object>().Sum(Of) + map.Values.Cast<object>().Where(item => !item.GetType().IsValueType).Sum(Of);
        }
        long own = Measure(() => RuntimeHelpers.GetUninitializedObject(value.GetType()));
        foreach (var property in value.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
            if (!property.PropertyType.IsValueType && property.GetValue(value) is { } held)
                own += Of(held);
        return own;
    }

    private static Dictionary<TKey, TValue> Map<TKey, TValue>(int count)
        where TKey : notnull => new(count);

    private static long Measure(Func<object> make) => Allocations.Of(() => GC.KeepAlive(make()), expected: long.MaxValue - 1);
}
