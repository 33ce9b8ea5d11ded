using System.Globalization;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ArchiveService.Http;

/// <summary>The settings <c>Limits:…</c>: how much one may send, and how often. docs/operations.md says what each is for.</summary>
public sealed record Limits
{
    /// <summary>Log-ins tried a minute from one network.</summary>
    public int LogInsPerMinute { get; init; } = 300;

    /// <summary>Requests a second to what is open to everybody, from one network; a minute's worth may come at once.</summary>
    public int PublicPerSecond { get; init; } = 20;

    /// <summary>Requests a second by one who is logged in, person or program; ten seconds' worth may come at once.</summary>
    public int RequestsPerSecond { get; init; } = 200;

    /// <summary>Requests a minute from one network that may end in «not logged in».</summary>
    public int RefusedPerMinute { get; init; } = 300;

    /// <summary>Searches that one person or program has answered at the same time; further ones wait in turn.</summary>
    public int SearchesAtOnce { get; init; } = 8;

    /// <summary>Files made to be taken away (PDF, CSV, zip, WARC) for one person, program or network at the same time; further ones wait in turn.</summary>
    public int ExportsAtOnce { get; init; } = 2;

    /// <summary>How many of either may wait.</summary>
    public int Waiting { get; init; } = 64;

    /// <summary>Bytes of a command in JSON.</summary>
    public int CommandBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Characters of an address's query.</summary>
    public int QueryLength { get; init; } = 8 * 1024;

    /// <summary>Bytes of all headers together.</summary>
    public int HeaderBytes { get; init; } = 24 * 1024;

    /// <summary>Fields of a form.</summary>
    public int FormFields { get; init; } = 4096;

    /// <summary>Connections at the same time, from everywhere.</summary>
    public int Connections { get; init; } = 4096;

    /// <summary>Levels of a command in JSON.</summary>
    public const int JsonDepth = 64;

    /// <summary>Elements of one list in a command.</summary>
    public const int ListElements = 10_000;

    /// <summary>Bytes of a request for which nothing else is said, such as a file with a plan.</summary>
    public const long RequestBytes = 32L * 1024 * 1024;

    /// <summary>Characters of one field of a form.</summary>
    public const int FormFieldLength = 4 * 1024 * 1024;

    public static Limits From(IConfiguration configuration)
    {
        var usual = new Limits();
        int Number(string name, int otherwise) => configuration["Limits:" + name] is not { Length: > 0 } given ? otherwise
            : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new Hosting.CannotStart($"Limits__{name} is {given}; it takes a whole number above 0.");
        return usual with
        {
            LogInsPerMinute = Number(nameof(LogInsPerMinute), usual.LogInsPerMinute),
            PublicPerSecond = Number(nameof(PublicPerSecond), usual.PublicPerSecond),
            RequestsPerSecond = Number(nameof(RequestsPerSecond), usual.RequestsPerSecond),
            RefusedPerMinute = Number(nameof(RefusedPerMinute), usual.RefusedPerMinute),
            SearchesAtOnce = Number(nameof(SearchesAtOnce), usual.SearchesAtOnce),
            ExportsAtOnce = Number(nameof(ExportsAtOnce), usual.ExportsAtOnce),
            Waiting = Number(nameof(Waiting), usual.Waiting),
            CommandBytes = Number(nameof(CommandBytes), usual.CommandBytes),
            QueryLength = Number(nameof(QueryLength), usual.QueryLength),
            HeaderBytes = Number(nameof(HeaderBytes), usual.HeaderBytes),
            FormFields = Number(nameof(FormFields), usual.FormFields),
            Connections = Number(nameof(Connections), usual.Connections),
        };
    }

    /// <summary>What the server itself turns away, before there is a request: wider than what is refused with a sentence, so that the sentence is what one meets.</summary>
    public void Apply(KestrelServerOptions server)
    {
        server.AddServerHeader = false;
        server.AllowSynchronousIO = false;
        var limits = server.Limits;
        limits.MaxRequestBodySize = RequestBytes;
        limits.MaxRequestLineSize = QueryLength + (16 * 1024);
        limits.MaxRequestHeadersTotalSize = HeaderBytes + (16 * 1024);
        limits.MaxRequestBufferSize = Math.Max(limits.MaxRequestBufferSize ?? 0, limits.MaxRequestLineSize * 2L);
        limits.MaxRequestHeaderCount = 100;
        limits.MaxConcurrentConnections = Connections;

        // A sender that drips its request keeps a connection, and nothing else, for as long as this.
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.MinRequestBodyDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = 100;
    }

    public void Apply(FormOptions forms)
    {
        forms.ValueCountLimit = FormFields;
        forms.KeyLengthLimit = 1024;
        forms.ValueLengthLimit = FormFieldLength;
        forms.MultipartHeadersCountLimit = 16;
        forms.MultipartHeadersLengthLimit = 8 * 1024;
        forms.MultipartBoundaryLengthLimit = 128;
    }
}
