using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Globalization;
using ArchiveService.EventStore;

namespace ArchiveService.Features.Operations;

/// <summary>
/// Listens to the meters of this process: the store's, the web server's and the runtime's. Only the instruments and labels listed here are kept, and
/// none of these labels can hold a person, an id or anything people wrote.
/// </summary>
public sealed class Measurements : IDisposable
{
    private const string Web = "Microsoft.AspNetCore.Hosting";
    private const string Runtime = "System.Runtime";

    private static readonly Measured[] Known =
    [
        new(StoreMeter.Name, StoreMeter.Appends, "archive_appends_total", "counter", "Appends to the log that went through, of this node."),
        new(StoreMeter.Name, StoreMeter.AppendedEvents, "archive_appended_events_total", "counter", "Events in them."),
        new(StoreMeter.Name, StoreMeter.Conflicts, "archive_append_conflicts_total", "counter", "Appends refused because somebody else came first."),
        new(StoreMeter.Name, StoreMeter.Stops, "archive_projection_stops_total", "counter", "Times a projection stopped on this node.", ("projection", "projection")),
        new(Secrecy.ProtectionMeter.Name, Secrecy.ProtectionMeter.Captures, "archive_protected_captures_total", "counter", "New records by somebody with a protected identity: each stands in the list of those until it has been looked at."),
        new(Deliveries.RefusedMeter.Name, Deliveries.RefusedMeter.Refused, "archive_webhooks_refused_total", "counter", "Deliveries with a wrong or missing signature, of this node.", ("platform", "platform"), ("reason", "reason")),
        new(Web, "http.server.request.duration", "http_server_request_duration_seconds", "histogram", "Time to answer a request.",
            ("http.request.method", "method"), ("http.route", "route"), ("http.response.status_code", "status")),
        new(Web, "http.server.active_requests", "http_server_active_requests", "gauge", "Requests being answered.", ("http.request.method", "method")),
        new(Runtime, "dotnet.process.cpu.time", "process_cpu_seconds_total", "counter", "Processor time used.", ("cpu.mode", "mode")),
        new(Runtime, "dotnet.process.memory.working_set", "process_resident_memory_bytes", "gauge", "Memory of the process."),
        new(Runtime, "dotnet.gc.collections", "dotnet_gc_collections_total", "counter", "Garbage collections.", ("gc.heap.generation", "generation")),
        new(Runtime, "dotnet.gc.pause.time", "dotnet_gc_pause_seconds_total", "counter", "Time the garbage collector held everything up."),
        new(Runtime, "dotnet.gc.heap.total_allocated", "dotnet_gc_allocated_bytes_total", "counter", "Bytes allocated since the start."),
        new(Runtime, "dotnet.gc.last_collection.heap.size", "dotnet_gc_heap_bytes", "gauge", "Heap after the last collection.", ("gc.heap.generation", "generation")),
        new(Runtime, "dotnet.thread_pool.queue.length", "dotnet_thread_pool_queue_length", "gauge", "Work that waits for a thread."),
        new(Runtime, "dotnet.exceptions", "dotnet_exceptions_total", "counter", "Exceptions thrown, those that were caught included."),
    ];

    private readonly MeterListener listener = new();
    private readonly Dictionary<Measured, ConcurrentDictionary<string, Series>> kept = Known.ToDictionary(known => known, _ => new ConcurrentDictionary<string, Series>(StringComparer.Ordinal));

    public Measurements(IMeterFactory meters)
    {
        // The web server's meters belong to one host; another in the same process has its own.
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Scope is not null && !ReferenceEquals(instrument.Meter.Scope, meters)) return;
            if (Known.FirstOrDefault(known => known.Meter == instrument.Meter.Name && known.Instrument == instrument.Name) is { } known) self.EnableMeasurementEvents(instrument, known);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, known) => Take(instrument, value, tags, known));
        listener.SetMeasurementEventCallback<int>((instrument, value, tags, known) => Take(instrument, value, tags, known));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, known) => Take(instrument, value, tags, known));
        listener.Start();
    }

    public IEnumerable<Family> Read()
    {
        listener.RecordObservableInstruments();
        return Known.Select(known => new Family(known.Name, known.Type, known.Help, known.Labels.Length == 0 && kept[known].IsEmpty && known.Type == "counter"
            ? [Sample.Of(0)]
            : [.. kept[known].OrderBy(series => series.Key, StringComparer.Ordinal).SelectMany(series => series.Value.Samples())]));
    }

    public void Dispose() => listener.Dispose();

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags, object? of)
    {
        if (of is not Measured known) return;
        var labels = new List<(string Name, string Value)>(known.Labels.Length);
        foreach (var (tag, label) in known.Labels)
        {
            foreach (var given in tags)
            {
                if (given.Key == tag && given.Value is { } said) labels.Add((label, Convert.ToString(said, CultureInfo.InvariantCulture)!));
            }
        }

        var series = kept[known].GetOrAdd(PrometheusText.Labels(labels), _ => new Series(labels, known.Type == "histogram"));
        if (instrument.IsObservable) series.Set(value);
        else series.Add(value);
    }

    private sealed record Measured(string Meter, string Instrument, string Name, string Type, string Help, params (string Tag, string Label)[] Labels);
}

/// <summary>One row of figures: a number, or how many values fell into each bucket.</summary>
public sealed class Series(IReadOnlyList<(string Name, string Value)> labels, bool buckets)
{
    private static readonly double[] Bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly Lock turn = new();
    private readonly long[] within = buckets ? new long[Bounds.Length + 1] : [];
    private double sum;

    public void Add(double value)
    {
        lock (turn)
        {
            sum += value;
            if (!buckets) return;
            var at = Array.FindIndex(Bounds, bound => value <= bound);
            within[at < 0 ? Bounds.Length : at]++;
        }
    }

    public void Set(double value)
    {
        lock (turn) sum = value;
    }

    public IReadOnlyList<Sample> Samples()
    {
        lock (turn)
        {
            if (!buckets) return [new(sum, labels)];
            var samples = new List<Sample>(Bounds.Length + 3);
            var count = 0L;
            for (var i = 0; i <= Bounds.Length; i++)
            {
                count += within[i];
                samples.Add(new(count, [.. labels, ("le", PrometheusText.Number(i < Bounds.Length ? Bounds[i] : double.PositiveInfinity))], "_bucket"));
            }

            samples.Add(new(sum, labels, "_sum"));
            samples.Add(new(count, labels, "_count"));
            return samples;
        }
    }
}
