using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace ArchiveService.Features.Delegations;

/// <summary>What may be decided on delegation: codes. Those with words are asked about by commands; an authority may have others of its own.</summary>
public static partial class DelegationKinds
{
    public const string Dispose = "dispose";
    public const string BlockSender = "block-sender";
    public const string RefuseDisclosure = "refuse-disclosure";
    public const string Mask = "mask";
    public const string DecideCase = "decide-case";

    public static FrozenDictionary<string, string> Words { get; } = new Dictionary<string, string>
    {
        [Dispose] = "godkänna och verkställa gallring",
        [BlockSender] = "blockera en avsändare",
        [RefuseDisclosure] = "avslå en begäran om utlämnande",
        [Mask] = "maska uppgifter vid utlämnande",
        [DecideCase] = "besluta i ett ärende",
    }.ToFrozenDictionary();

    public static string InSwedish(string kind) => Words.GetValueOrDefault(kind, kind);

    [GeneratedRegex("^[a-z][a-z0-9-]{1,39}$")]
    internal static partial Regex KindForm { get; }

    [GeneratedRegex("^[0-9A-Za-zÅÄÖåäö][0-9A-Za-zÅÄÖåäö.:-]{0,19}$")]
    internal static partial Regex NumberForm { get; }
}
