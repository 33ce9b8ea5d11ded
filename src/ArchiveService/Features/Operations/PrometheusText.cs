using System.Globalization;
using System.Text;

namespace ArchiveService.Features.Operations;

/// <summary>A figure with its labels. <paramref name="Suffix"/> tells a histogram's parts apart.</summary>
public sealed record Sample(double Value, IReadOnlyList<(string Name, string Value)> Labels, string Suffix = "")
{
    public static Sample Of(double value, params IReadOnlyList<(string, string)> labels) => new(value, labels);
}

/// <summary>Figures of one kind under one name.</summary>
/// <param name="Name">As Prometheus writes names: lower case, unit last, <c>_total</c> for what only grows.</param>
/// <param name="Type"><c>counter</c>, <c>gauge</c> or <c>histogram</c>.</param>
/// <param name="Help">One sentence.</param>
/// <param name="Samples">May be none.</param>
public sealed record Family(string Name, string Type, string Help, IReadOnlyList<Sample> Samples)
{
    public static Family Gauge(string name, string help, params IReadOnlyList<Sample> samples) => new(name, "gauge", help, samples);
}

/// <summary>Prometheus' text format 0.0.4.</summary>
public static class PrometheusText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    public static string Write(IEnumerable<Family> families)
    {
        var text = new StringBuilder();
        foreach (var family in families)
        {
            text.Append("# HELP ").Append(family.Name).Append(' ').Append(Escaped(family.Help)).Append('\n');
            text.Append("# TYPE ").Append(family.Name).Append(' ').Append(family.Type).Append('\n');
            foreach (var sample in family.Samples) text.Append(family.Name).Append(sample.Suffix).Append(Labels(sample.Labels)).Append(' ').Append(Number(sample.Value)).Append('\n');
        }

        return text.ToString();
    }

    public static string Labels(IReadOnlyList<(string Name, string Value)> labels) =>
        labels.Count == 0 ? "" : "{" + string.Join(',', labels.Select(label => $"{label.Name}=\"{Escaped(label.Value).Replace("\"", "\\\"", StringComparison.Ordinal)}\"")) + "}";

    public static string Number(double value) =>
        double.IsNaN(value) ? "NaN" : double.IsPositiveInfinity(value) ? "+Inf" : double.IsNegativeInfinity(value) ? "-Inf" : value.ToString("R", CultureInfo.InvariantCulture);

    private static string Escaped(string text) => text.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
