using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Ndjson;

/// <summary>Reads the members of one object in our own form: what is wrong is remarked on, never thrown.</summary>
internal sealed class ActFields
{
    private readonly JsonFields fields;
    private readonly Remarks remarks;
    private readonly DateTimeOffset now;
    private readonly string path;

    public ActFields(JsonElement json, string path, Remarks remarks, DateTimeOffset now)
    {
        fields = JsonFields.Of(json);
        this.path = path;
        this.remarks = remarks;
        this.now = now;
        if (fields.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
    }

    public bool Has(string name) => fields.Has(name);

    /// <summary>An id: kept exactly, so it may hold nothing that would have to be replaced.</summary>
    public string? Id(string name)
    {
        if (fields.Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Number) return Bounded(name, JsonText.NumberAsWritten(value), CaptureLimits.MaxShortTextChars);
        if (!IsString(name, value)) return null;
        var id = JsonText.Of(value, out var faults);
        if (faults != TextFaults.None || id.Any(char.IsControl))
        {
            remarks.Refuse(RefusalCodes.BadCharacters, $"{path}{name} holds characters that an id cannot have.");
            return null;
        }

        return string.IsNullOrWhiteSpace(id) ? null : Bounded(name, id, CaptureLimits.MaxShortTextChars);
    }

    public string? Short(string name) => Text(name, CaptureLimits.MaxShortTextChars, RefusalCodes.ValueTooLong);

    public string? Text(string name, int most = CaptureLimits.MaxTextChars) => Text(name, most, RefusalCodes.TextTooLong);

    public bool Truth(string name)
    {
        switch (fields.Find(name)?.ValueKind)
        {
            case null or JsonValueKind.False:
                return false;
            case JsonValueKind.True:
                return true;
            default:
                remarks.Refuse(RefusalCodes.WrongType, $"{path}{name} must be true or false.");
                return false;
        }
    }

    public DateTimeOffset? Time(string name)
    {
        if (Short(name) is not { } written) return null;
        if (PlatformTime.Iso(written) is not { } time)
        {
            remarks.Refuse(RefusalCodes.TimeUnreadable, $"{path}{name} must be an ISO 8601 time such as 2026-03-01T12:00:00Z.");
            return null;
        }

        if (!PlatformTime.SaysItsZone(written)) remarks.Flag(ActFlags.SuspiciousTime);
        if (PlatformTime.IsPossible(time, now)) return time;
        remarks.Refuse(RefusalCodes.TimeOutOfRange, $"{path}{name} must lie between 1990 and 24 hours from now.");
        return null;
    }

    public ActFields? Object(string name)
    {
        if (fields.Find(name) is not { } value) return null;
        if (value.ValueKind == JsonValueKind.Object) return new ActFields(value, $"{path}{name}.", remarks, now);
        remarks.Refuse(RefusalCodes.WrongType, $"{path}{name} must be an object.");
        return null;
    }

    public IReadOnlyList<ActFields> Objects(string name, int most, string tooManyCode)
    {
        if (fields.Find(name) is not { } value) return [];
        if (value.ValueKind != JsonValueKind.Array)
        {
            remarks.Refuse(RefusalCodes.WrongType, $"{path}{name} must be an array.");
            return [];
        }

        if (value.GetArrayLength() > most)
        {
            remarks.Refuse(tooManyCode, $"{path}{name} holds {value.GetArrayLength()} elements; the limit is {most}.");
            return [];
        }

        var found = new List<ActFields>();
        foreach (var (index, element) in value.EnumerateArray().Index())
        {
            if (element.ValueKind == JsonValueKind.Object) found.Add(new ActFields(element, $"{path}{name}[{index}].", remarks, now));
            else remarks.Refuse(RefusalCodes.WrongType, $"{path}{name}[{index}] must be an object.");
        }

        return found;
    }

    public void Refuse(string code, string name, string what) => remarks.Refuse(code, $"{path}{name} {what}");

    private string? Text(string name, int most, string tooLongCode)
    {
        if (fields.Find(name) is not { } value || !IsString(name, value)) return null;
        var text = JsonText.Of(value, out var faults);
        remarks.Flag(faults);
        return Bounded(name, text, most, tooLongCode);
    }

    private bool IsString(string name, JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) return true;
        remarks.Refuse(RefusalCodes.WrongType, $"{path}{name} must be a string.");
        return false;
    }

    private string? Bounded(string name, string value, int most, string code = RefusalCodes.ValueTooLong)
    {
        if (value.Length <= most) return value;
        remarks.Refuse(code, string.Create(CultureInfo.InvariantCulture, $"{path}{name} is {value.Length} characters; the limit is {most}."));
        return null;
    }
}
