using ArchiveService.Features.Operations;

namespace ArchiveService.Tests.Operations;

public sealed class Prometheus_text
{
    [Fact]
    public void says_what_a_figure_is_before_it_says_it() =>
        Assert.Equal(
            "# HELP a_total One.\\nTwo \\\\.\n# TYPE a_total counter\na_total 3\na_total{x=\"1\",y=\"a \\\"b\\\" \\\\ \\n\"} 0.25\n",
            PrometheusText.Write([new("a_total", "counter", "One.\nTwo \\.", [Sample.Of(3), Sample.Of(0.25, ("x", "1"), ("y", "a \"b\" \\ \n"))])]));

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(1234567.5, "1234567.5")]
    [InlineData(1e21, "1E+21")]
    public void writes_numbers_the_same_in_every_country(double value, string written) => Assert.Equal(written, PrometheusText.Number(value));

    [Fact]
    public void counts_a_bucket_with_all_that_lie_below_it()
    {
        var series = new Series([("route", "/sok")], buckets: true);
        series.Add(0.004);
        series.Add(0.3);
        series.Add(99);
        var text = PrometheusText.Write([new("seconds", "histogram", "Time.", series.Samples())]);

        Assert.Contains("seconds_bucket{route=\"/sok\",le=\"0.005\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("seconds_bucket{route=\"/sok\",le=\"0.5\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("seconds_bucket{route=\"/sok\",le=\"10\"} 2\nseconds_bucket{route=\"/sok\",le=\"+Inf\"} 3\nseconds_sum{route=\"/sok\"} 99.304\nseconds_count{route=\"/sok\"} 3\n", text, StringComparison.Ordinal);
    }
}
