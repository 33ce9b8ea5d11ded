namespace ArchiveService.Sealing;

/// <summary>What a key opens; each class has a retention of its own.</summary>
public enum KeyClass
{
    /// <summary>What a record says: text, sender, platform ids, verbatim slices, attachments.</summary>
    Content,

    /// <summary>What officials wrote about a record: motivation, subject, sender and recipient of a registration.</summary>
    Register,
    Case,
    Account,
    Channel,
    Person,
    Request,
    Delivery,

    /// <summary>Authority, plan, decision, hold, run, series.</summary>
    Office,
}

public static class KeyClasses
{
    public static string Stored(this KeyClass keyClass) => keyClass switch
    {
        KeyClass.Content => "content",
        KeyClass.Register => "register",
        KeyClass.Case => "case",
        KeyClass.Account => "account",
        KeyClass.Channel => "channel",
        KeyClass.Person => "person",
        KeyClass.Request => "request",
        KeyClass.Delivery => "delivery",
        KeyClass.Office => "office",
        _ => throw new ArgumentOutOfRangeException(nameof(keyClass), keyClass, "No stored name."),
    };
}
