"""Reading files into workbooks: sniffing the content, size limits, cells as text.

"""
